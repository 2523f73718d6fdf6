package org.foreshape.daemon.hands;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.foreshape.hypervisor.Hypervisor;
import org.foreshape.hypervisor.VmMemory;
import org.foreshape.nativebindings.NativeException;
import org.foreshape.prefault.RamFinder;
import org.foreshape.prefault.RamRange;
import org.foreshape.ring.DistinctErrors;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Tick;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a {@link BalloonBook} for each VM of another process whose guest hands nothing back by
 * itself. A thread of its own looks after each move of a balloon that a sample shows; lanes ask and
 * tell before an act. A VM whose process ends or changes loses its book, and gets another that
 * begins with what is not known.
 */
final class BalloonWatch {
    static final long PERIOD_NS = 100_000_000;
    private static final long REOPEN_NS = TimeUnit.SECONDS.toNanos(5);

    /**
     * A look at a big guest costs CPU: after one, so many times as long none is made. The fewer
     * there are, the less a grant tells: only shrinks that it covers whole are known.
     */
    private static final int LOOK_SHARE = 2;

    private final Hypervisor hypervisor;
    private final EngineView engine;
    private final DistinctErrors errors;
    private final Tick latest;
    private final Map<Integer, Kept> kept = new ConcurrentHashMap<>();

    /** When to try again for a VM that has no book, by slot; the watch's thread only. */
    private final Map<Integer, Long> retryNs = new HashMap<>();

    /** A book and whom it is about; without one, why there is none. */
    private record Kept(VmSeat vm, @Nullable BalloonBook book, String why) {}

    BalloonWatch(Hypervisor hypervisor, EngineView engine, DistinctErrors errors) {
        this.hypervisor = hypervisor;
        this.engine = engine;
        this.errors = errors;
        this.latest = engine.emptySample();
    }

    /** Looks at all VMs once; the watch's thread, each 0.1 s. */
    void round() {
        engine.latest(latest);
        List<VmSeat> vms = engine.enforced();
        kept.values().removeIf(one -> !vms.contains(one.vm()));
        long nowNs = System.nanoTime();
        for (VmSeat vm : vms) {
            SampleSection sample = latest.sample;
            int slot = vm.slot();
            if (slot >= sample.slotCount
                    || !sample.present[slot]
                    || sample.generation[slot] != vm.generation()
                    || sample.maximumKib[slot] <= 0
                    || sample.allocationKib[slot] < 0) {
                continue;
            }
            Kept known = kept.get(slot);
            if (known == null || known.book() == null) {
                if (nowNs - retryNs.getOrDefault(slot, nowNs - REOPEN_NS) >= REOPEN_NS) {
                    retryNs.put(slot, nowNs);
                    kept.put(slot, open(vm));
                }
                continue;
            }
            tell(vm, known.book(), sample, nowNs);
        }
    }

    private void tell(VmSeat vm, BalloonBook book, SampleSection sample, long nowNs) {
        int slot = vm.slot();
        long heldKib = Math.max(0, sample.maximumKib[slot] - sample.allocationKib[slot]);
        if (nowNs < retryNs.getOrDefault(slot, nowNs)) {
            return;
        }
        try {
            if (book.told(heldKib * 1024)) {
                retryNs.put(slot, nowNs + LOOK_SHARE * book.lookNs());
            }
        } catch (RuntimeException e) {
            lose(vm, e);
        }
    }

    private Kept open(VmSeat vm) {
        VmMemory memory = hypervisor.memoryOf(vm.slot(), vm.generation());
        if (!(memory instanceof VmMemory.OfProcess process)) {
            return new Kept(vm, null, "its memory is not that of another process");
        }
        if (process.freePageReported()) {
            return new Kept(
                    vm,
                    null,
                    "the guest hands free pages back by itself (freePageReporting), so what its"
                            + " balloon holds cannot be told from them");
        }
        try {
            Optional<RamRange> range = RamFinder.find(process.pid(), process.sizeBytes());
            return range.isEmpty()
                    ? new Kept(vm, null, "no mapping is for certain the guest's memory")
                    : new Kept(vm, BalloonBook.open(range.get(), process.heldBytes()), "");
        } catch (IOException e) {
            return new Kept(vm, null, "the process cannot be looked at: " + e.getMessage());
        } catch (NativeException e) {
            errors.record("a balloon's ledger", e);
            return new Kept(vm, null, String.valueOf(e.getMessage()));
        }
    }

    /**
     * The book of a VM for an act on the process at hand.
     *
     * @return null when there is none, or it is about another process: see {@link #whyNone}
     */
    @Nullable BalloonBook of(int slot, int generation, RamRange range) {
        Kept one = at(slot, generation);
        BalloonBook book = one == null ? null : one.book();
        return book != null && book.range().equals(range) ? book : null;
    }

    /** Why a VM has no book, one sentence. */
    String whyNone(int slot, int generation) {
        Kept one = at(slot, generation);
        return one == null || one.book() != null
                ? "its balloon has not been watched yet"
                : one.why();
    }

    /** Looks before memory is taken from a VM; a VM without a book is left to the next round. */
    void beforeShrink(int slot, int generation) {
        Kept one = at(slot, generation);
        BalloonBook book = one == null ? null : one.book();
        if (one == null || book == null) {
            return;
        }
        try {
            book.beforeShrink();
        } catch (RuntimeException e) {
            // The guest may have just ended; the order itself will tell, and goes out in any case.
            lose(one.vm(), e);
        }
    }

    /** A book that could not be kept is closed; whatever was wrong, resizes go on. */
    private void lose(VmSeat vm, RuntimeException e) {
        if (!(e instanceof NativeException)) {
            errors.record("a balloon's ledger", e);
        }
        drop(vm, String.valueOf(e.getMessage()));
    }

    /** Whether an order would leave the VM less than it has. */
    boolean isShrink(int slot, int generation, long amountKib) {
        Kept one = at(slot, generation);
        BalloonBook book = one == null ? null : one.book();
        return book != null && amountKib * 1024 < book.range().sizeBytes() - book.heldBytes();
    }

    /** What the pages of a VM are is not known any more. */
    void drop(VmSeat vm, String why) {
        kept.computeIfPresent(
                vm.slot(), (slot, one) -> one.vm().equals(vm) ? new Kept(vm, null, why) : one);
    }

    private @Nullable Kept at(int slot, int generation) {
        Kept one = kept.get(slot);
        return one != null && one.vm().generation() == generation ? one : null;
    }
}
