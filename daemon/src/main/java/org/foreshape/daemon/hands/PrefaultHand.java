package org.foreshape.daemon.hands;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.foreshape.hypervisor.VmMemory;
import org.foreshape.nativebindings.linux.LinuxMemory;
import org.foreshape.prefault.BalloonLedger;
import org.foreshape.prefault.PrefaultCancel;
import org.foreshape.prefault.PrefaultReport;
import org.foreshape.prefault.PrefaultRequest;
import org.foreshape.prefault.Prefaulter;
import org.foreshape.prefault.RamFinder;
import org.foreshape.prefault.RamRange;
import org.foreshape.ring.act.ActOrder;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.OutcomeStatus;
import org.jspecify.annotations.Nullable;

/**
 * Makes what a VM was granted resident. While its balloon holds something, only what was seen to go
 * into it and has come out of it again; what it holds on purpose is never touched. Lanes only.
 */
final class PrefaultHand implements AutoCloseable {
    static final long HOST_RESERVE_BYTES = 512L << 20;
    static final Duration LIMIT = Duration.ofSeconds(30);

    private final Prefaulter prefaulter = Prefaulter.open();
    private final BalloonWatch balloons;
    private final PagePace pace;
    private final Map<Integer, PrefaultCancel> running = new ConcurrentHashMap<>();

    PrefaultHand(BalloonWatch balloons, PagePace pace) {
        this.balloons = balloons;
        this.pace = pace;
    }

    void perform(ActOrder order, VmMemory memory, OutcomeSection outcome) throws IOException {
        PrefaultCancel cancel = new PrefaultCancel();
        running.put(order.vmSlot, cancel);
        try {
            switch (memory) {
                case VmMemory.Mapped mapped -> own(order, mapped, cancel, outcome);
                case VmMemory.OfProcess process -> other(order, process, cancel, outcome);
            }
        } finally {
            running.remove(order.vmSlot, cancel);
        }
    }

    /** Ends an act on a VM whose memory is about to be taken. Any thread. */
    void cancel(int slot) {
        PrefaultCancel cancel = running.get(slot);
        if (cancel != null) {
            cancel.cancel();
        }
    }

    private void own(
            ActOrder order, VmMemory.Mapped mapped, PrefaultCancel cancel, OutcomeSection outcome) {
        long bytes = Math.min((long) (order.amount * mapped.bytesPerKib()), mapped.grantedBytes());
        if (bytes < LinuxMemory.pageSizeBytes()) {
            Outcomes.end(outcome, OutcomeStatus.DONE, "the guest uses all of it by now");
            return;
        }
        PrefaultRequest request =
                request(bytes).part(mapped.grantedOffsetBytes(), mapped.grantedBytes()).build();
        tell(prefaulter.prefault(mapped.memory(), request, cancel), outcome);
    }

    private void other(
            ActOrder order,
            VmMemory.OfProcess process,
            PrefaultCancel cancel,
            OutcomeSection outcome)
            throws IOException {
        Optional<RamRange> ram = RamFinder.find(process.pid(), process.sizeBytes());
        if (ram.isEmpty()) {
            Outcomes.end(
                    outcome,
                    OutcomeStatus.UNAVAILABLE,
                    "no mapping of process "
                            + process.pid()
                            + " is for certain the guest's memory");
            return;
        }
        BalloonBook book = balloons.of(order.vmSlot, order.vmGeneration, ram.get());
        long heldBytes = book == null ? process.heldBytes() : book.heldBytes(process.heldBytes());
        PrefaultRequest.Builder request =
                request(order.amount * 1024)
                        .balloonHeldBytes(heldBytes)
                        .freePageReported(process.freePageReported())
                        .afterBalloonCycle(true)
                        .hugeRestored(true);
        if (heldBytes > 0) {
            BalloonLedger known = book == null ? null : book.known(heldBytes);
            if (known == null || known.givenBytes(heldBytes) == 0) {
                Outcomes.end(outcome, OutcomeStatus.UNAVAILABLE, whyNot(order, heldBytes, known));
                return;
            }
            request.ledger(known);
        }
        tell(prefaulter.prefault(ram.get(), request.build(), cancel), outcome);
    }

    private String whyNot(ActOrder order, long heldBytes, @Nullable BalloonLedger known) {
        String why;
        if (known == null) {
            why = balloons.whyNone(order.vmSlot, order.vmGeneration);
        } else {
            why =
                    "of the "
                            + (Math.max(0, known.balloonBytes() - heldBytes) >> 20)
                            + " MiB that it gave back no page was seen to go into it; the last"
                            + " step into it was "
                            + (known.lastStepBytes() >> 20)
                            + " MiB";
        }
        return "the balloon holds " + (heldBytes >> 20) + " MiB, and " + why;
    }

    private PrefaultRequest.Builder request(long bytes) {
        return PrefaultRequest.more(bytes)
                .pace(pace.mibPerSecond(), pace.cpuShare())
                .hostReserveBytes(HOST_RESERVE_BYTES)
                .withinNs(LIMIT.toNanos());
    }

    private static void tell(PrefaultReport report, OutcomeSection outcome) {
        OutcomeStatus status =
                switch (report.stop()) {
                    case DONE, DEADLINE -> OutcomeStatus.DONE;
                    case UNAVAILABLE, NOT_PERMITTED -> OutcomeStatus.UNAVAILABLE;
                    case PROCESS_GONE -> OutcomeStatus.VM_GONE;
                    case CANCELLED, HOST_MEMORY, RANGE_GONE, FAILED -> OutcomeStatus.FAILED;
                };
        outcome.errorCode = report.failures().isEmpty() ? 0 : report.failures().getFirst().errno();
        String done =
                (report.gainedBytes() >> 20) + " MiB more resident by " + report.plan().path();
        Outcomes.end(outcome, status, status == OutcomeStatus.DONE ? done : report.stopReason());
    }

    /** Ends the keepers of the kernel's switches. */
    @Override
    public void close() {
        prefaulter.close();
    }
}
