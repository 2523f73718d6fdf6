package org.foreshape.prefault;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.LinuxException;
import org.foreshape.nativebindings.linux.PageScan;
import org.foreshape.nativebindings.linux.RemotePages;
import org.foreshape.nativebindings.linux.SharedFile;
import org.foreshape.prefault.PrefaultReport.Stop;
import org.jspecify.annotations.Nullable;

/** One act on another process, from the first look to the last. One thread, once. */
final class GuestPrefault {
    private static final PrefaultPlan NO_PLAN =
            new PrefaultPlan(
                    PrefaultPath.UNAVAILABLE,
                    "the process cannot be looked at.",
                    List.of(),
                    0,
                    0,
                    0,
                    0);

    private final RamRange range;
    private final PrefaultRequest request;
    private final @Nullable HostFacts facts;
    private final PathRates rates;
    private final ActTally tally = new ActTally();
    private PrefaultPlan plan = NO_PLAN;
    private @Nullable RangeMemory before;
    private @Nullable RangeMemory after;
    private long actNs;

    /** Why nothing can be done, where there is no plan. */
    private Stop lookStop = Stop.PROCESS_GONE;

    GuestPrefault(
            RamRange range, PrefaultRequest request, @Nullable HostFacts facts, PathRates rates) {
        this.range = range;
        this.request = request;
        this.facts = facts;
        this.rates = rates;
    }

    PrefaultPlan planOnly() {
        try (RemotePages pages = RemotePages.open(range.pid())) {
            PlannedAct planned = look(pages);
            return planned == null ? unavailable(lookStop) : planned.plan();
        } catch (IOException e) {
            return unavailable(ActOutcome.of(e, tally));
        } catch (LinuxException e) {
            return unavailable(ActOutcome.of(e, tally));
        }
    }

    PrefaultReport run(PrefaultCancel cancel, HugePageSwitches switches) {
        long startNs = System.nanoTime();
        Stop stop;
        try (RemotePages pages = RemotePages.open(range.pid())) {
            PlannedAct planned = look(pages);
            if (planned == null) {
                stop = lookStop;
            } else {
                plan = planned.plan();
                stop = plan.isAct() ? act(pages, planned, cancel, switches) : idle();
            }
            // Even after an act that failed: what it did do is to be reported. That of a process
            // that ends right now is empty, so it is believed only if the process is there after
            // it.
            RangeMemory last = RangeMemory.read(range);
            if (isGone()) {
                stop = gone("its memory is gone.");
            } else {
                after = last;
                if (stop == Stop.DONE && last.mappedBytes() < range.sizeBytes()) {
                    stop = rangeGone();
                }
            }
        } catch (IOException e) {
            stop = isGone() ? gone(e.getMessage()) : ActOutcome.of(e, tally);
        } catch (LinuxException e) {
            stop = ActOutcome.of(e, tally);
        }
        return report(stop, System.nanoTime() - startNs);
    }

    /** Null when the process is not the one that the range was found in, or the range is gone. */
    private @Nullable PlannedAct look(RemotePages pages) throws IOException {
        HostFacts known = facts;
        if (!isSame()) {
            tally.note(
                    null,
                    Errno.ESRCH,
                    "process " + range.pid() + " is not the one that the range was found in.");
            return null;
        }
        RangeMemory memory = RangeMemory.read(range);
        before = memory;
        if (memory.mappedBytes() < range.sizeBytes()) {
            lookStop = isGone() ? gone("its memory is gone.") : rangeGone();
            return null;
        }
        HostFacts host = known == null ? new HostFacts("", null, false, false, false) : known;
        return new PrefaultPlanner(host, rates)
                .plan(range, memory, state(), Permits.probe(pages), request);
    }

    private RangeState state() {
        try (PageScan scan = PageScan.open(range.pid())) {
            return RangeState.read(scan, range.start(), range.end());
        } catch (LinuxException e) {
            // With CAP_SYS_PTRACE alone the page map of another user is closed, but the rest works.
            return RangeState.unknown(range.start(), range.end());
        }
    }

    private Stop act(
            RemotePages pages, PlannedAct planned, PrefaultCancel cancel, HugePageSwitches switches)
            throws IOException {
        long startNs = System.nanoTime();
        try (ActControl control = new ActControl(request, cancel, HostMemory.open());
                RemoteAct act = new RemoteAct(range, pages, control, tally)) {
            Stop stop;
            if (plan.path() == PrefaultPath.MEMFD_MAP
                    || plan.path() == PrefaultPath.MEMFD_WINDOWS) {
                try (SharedFile file = RemoteFile.open(pages, range)) {
                    FileAct fileAct = new FileAct(act, file, windows(file, switches));
                    stop = fileAct.run(planned.wanted());
                    if (stop == Stop.DONE) {
                        RangeState now = state();
                        stop =
                                now.isKnown()
                                        ? fileAct.touchEach(now.absent().and(planned.wanted()))
                                        : stop;
                    }
                }
            } else {
                stop = new BlockAct(act, switches, this::state).run(planned);
            }
            if (stop == Stop.DONE && !pages.isAlive()) {
                stop = Stop.PROCESS_GONE;
            }
            if (stop == Stop.DONE) {
                rates.add(plan.path(), plan.bytes(), System.nanoTime() - startNs);
            }
            return stop;
        } finally {
            actNs = System.nanoTime() - startNs;
        }
    }

    /** How pages of 64 KiB are had; null: not at all. */
    private FileAct.@Nullable Windows windows(SharedFile file, HugePageSwitches switches) {
        HostFacts host = facts;
        if (plan.path() != PrefaultPath.MEMFD_WINDOWS || host == null || file.preferLarge() < 0) {
            return null;
        }
        return host.fileWindows() == HostFacts.FileWindows.BY_SWITCH
                ? populating -> switches.fileWindow().during(populating)
                : HugePageSwitch.Held::run;
    }

    private Stop idle() {
        return plan.path() == PrefaultPath.NONE ? Stop.DONE : Stop.UNAVAILABLE;
    }

    private boolean isSame() throws IOException {
        return ProcessStart.ticks(range.pid()) == range.processStartTicks();
    }

    /** Whether the process has ended: one that nobody collected has a number, but no memory. */
    private boolean isGone() {
        try {
            return !ProcessStart.isThere(range.pid(), range.processStartTicks());
        } catch (NoSuchFileException e) {
            return true;
        } catch (IOException e) {
            // It is there and may not be looked at, or vanishes right now: the first error tells.
            return false;
        }
    }

    private Stop gone(@Nullable String how) {
        if (tally.failures().stream().noneMatch(failure -> failure.errno() == Errno.ESRCH)) {
            tally.note(null, Errno.ESRCH, "the process has ended: " + how);
        }
        return Stop.PROCESS_GONE;
    }

    private Stop rangeGone() {
        tally.note(null, Errno.EFAULT, "part of the range is not mapped any more.");
        return Stop.RANGE_GONE;
    }

    private PrefaultPlan unavailable(Stop stop) {
        return new PrefaultPlan(
                PrefaultPath.UNAVAILABLE,
                tally.failures().stream()
                        .findFirst()
                        .map(PrefaultReport.Failure::reason)
                        .orElse(ActOutcome.words(stop, NO_PLAN)),
                List.of(),
                0,
                0,
                0,
                0);
    }

    private PrefaultReport report(Stop stop, long durationNs) {
        RangeMemory first = before;
        RangeMemory last = after;
        Stop end = stop;
        if (stop == Stop.DONE && plan.isAct() && isInVain(first, last)) {
            end = Stop.FAILED;
            tally.note(
                    null,
                    0,
                    "smaps shows no page more: every block was refused, the guest gave back as much"
                            + " meanwhile, or the pages are of the huge page of zeros.");
        }
        return new PrefaultReport(
                plan,
                end,
                ActOutcome.words(end, plan),
                first == null ? PrefaultReport.UNKNOWN : resident(first),
                last == null ? PrefaultReport.UNKNOWN : resident(last),
                first == null ? PrefaultReport.UNKNOWN : first.hugeBytes(),
                last == null ? PrefaultReport.UNKNOWN : last.hugeBytes(),
                durationNs,
                actNs,
                tally.steps(),
                tally.failures());
    }

    /** A call's word is not enough: where nothing became resident the act has failed. */
    private boolean isInVain(@Nullable RangeMemory first, @Nullable RangeMemory last) {
        return plan.bytes() > 0
                && first != null
                && last != null
                && resident(last) <= resident(first)
                && last.hugeBytes() <= first.hugeBytes();
    }

    private static long resident(RangeMemory memory) {
        return memory.residentBytes() + memory.hugetlbBytes();
    }
}
