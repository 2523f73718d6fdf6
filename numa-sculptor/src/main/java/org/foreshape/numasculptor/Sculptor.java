package org.foreshape.numasculptor;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.foreshape.nativebindings.NativeException;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.LinuxException;
import org.foreshape.nativebindings.linux.PageBatch;
import org.foreshape.nativebindings.linux.Privileges;
import org.jspecify.annotations.Nullable;

/**
 * Shapes where the memory of one VM lies: pins, moves, binds, makes huge, compacts, cools. It never
 * changes a byte of it. Each act is ended by its {@link StopToken}, its time limit or an interrupt
 * of its thread, between two batches.
 *
 * <p>One sculptor serves one thread at a time, such as an act lane, and is used again for each act.
 * Nothing it does throws for what a host, a kernel or a dying VM may answer: the report has it.
 */
public final class Sculptor implements AutoCloseable {
    private final PageBatch asked;
    private final PageBatch moves;
    private final PageMover mover;
    private final BlockCollapser collapser;
    private final Reclaimer reclaimer = new Reclaimer();
    private final Compactor compactor;
    private final Abilities abilities;

    private Sculptor(HostReader host, PageBatch asked, PageBatch moves) {
        this.asked = asked;
        this.moves = moves;
        this.mover = new PageMover(asked, moves);
        this.collapser = new BlockCollapser(asked);
        this.compactor = new Compactor(host);
        this.abilities = new Abilities(host);
    }

    /**
     * Makes a sculptor with batches of its own, 2 MiB.
     *
     * @param host how the host's nodes are read
     * @return the sculptor; the caller closes it
     */
    public static Sculptor open(HostReader host) {
        return new Sculptor(
                host,
                PageBatch.allocate(SculptRequest.BATCH_PAGES_MAX),
                PageBatch.allocate(SculptRequest.BATCH_PAGES_MAX));
    }

    /**
     * Says what this process could do on this host, before any VM is known. Changes nothing.
     *
     * @param host how the host is read
     * @return one for each step, in order
     */
    public static List<Ability> doctor(HostReader host) {
        return HostAbilities.of(host, Privileges.ofThisProcess());
    }

    /**
     * Says up front what could be done. Changes nothing.
     *
     * @param target the VM
     * @param request what is wanted
     * @return one for each step of the request, in order
     */
    public List<Ability> abilities(SculptTarget target, SculptRequest request) {
        return EnumSet.copyOf(request.steps()).stream()
                .map(step -> ability(step, target, request))
                .toList();
    }

    /**
     * Does what is wanted, step by step. A step that cannot be done does not keep the next ones
     * from being done. Blocks; platform threads only, since libvirt may be called.
     *
     * @param target the VM; it stays the caller's
     * @param request what is wanted
     * @param stop ends it early
     * @return what came of it, with its undo
     */
    public SculptReport sculpt(SculptTarget target, SculptRequest request, StopToken stop) {
        long startNs = System.nanoTime();
        Pacer pacer =
                new Pacer(stop, startNs + request.limit().toNanos(), request.bytesPerSecond());
        Map<Integer, Long> before = placement(target);
        var undo = new PendingUndo(before);
        var steps = new ArrayList<StepReport>();
        for (Step step : EnumSet.copyOf(request.steps())) {
            steps.add(guarded(step, target, request, pacer, undo));
        }
        return new SculptReport(
                target.pid(),
                steps,
                before,
                placement(target),
                System.nanoTime() - startNs,
                undo.finished());
    }

    /**
     * Takes an act back: the pins, and each 2 MiB to the node from which it came. What was made
     * huge, cold or compact stays so.
     *
     * @param target the VM of the report
     * @param report of {@link #sculpt}
     * @param request its pace, batch and limit hold; its steps and node do not
     * @param stop ends it early
     * @return what came of it, without an undo of its own
     */
    public SculptReport undo(
            SculptTarget target, SculptReport report, SculptRequest request, StopToken stop) {
        long startNs = System.nanoTime();
        Pacer pacer =
                new Pacer(stop, startNs + request.limit().toNanos(), request.bytesPerSecond());
        Map<Integer, Long> before = placement(target);
        var steps = new ArrayList<StepReport>();
        SculptUndo undo = report.undo();
        if (undo != null && report.pid() == target.pid()) {
            Runnable pins = undo.pins();
            if (pins != null) {
                steps.add(
                        seen(
                                target,
                                caught(
                                        Step.PIN,
                                        () -> {
                                            pacer.begin();
                                            pins.run();
                                            return tied(Step.PIN, pacer);
                                        })));
            }
            BlockOrigins origins = undo.origins();
            if (origins != null) {
                steps.add(
                        seen(
                                target,
                                caught(
                                        Step.MOVE,
                                        () -> mover.moveBack(target, request, pacer, origins))));
            }
        }
        return new SculptReport(
                target.pid(), steps, before, placement(target), System.nanoTime() - startNs, null);
    }

    /** Frees its batches. Idempotent; no act may be under way. */
    @Override
    public void close() {
        asked.close();
        moves.close();
    }

    private Ability ability(Step step, SculptTarget target, SculptRequest request) {
        try {
            return abilities.of(step, target, request);
        } catch (NativeException | SculptException e) {
            return Ability.no(step, String.valueOf(e.getMessage()));
        }
    }

    private StepReport guarded(
            Step step, SculptTarget target, SculptRequest request, Pacer pacer, PendingUndo undo) {
        if (!target.isThere()) {
            return dead(step);
        }
        if (pacer.isOver()) {
            return StepReport.without(step, StepOutcome.STOPPED, "stopped before it began");
        }
        if (step == Step.BIND && request.steps().contains(Step.MOVE) && !undo.isMoved) {
            return StepReport.without(
                    step,
                    StepOutcome.UNAVAILABLE,
                    "not all of its memory lies on node " + request.node() + " yet");
        }
        Ability ability = ability(step, target, request);
        if (!ability.available()) {
            return target.isThere()
                    ? StepReport.without(step, StepOutcome.UNAVAILABLE, ability.why())
                    : dead(step);
        }
        return seen(target, caught(step, () -> run(step, target, request, pacer, undo)));
    }

    /**
     * What a step says of a process that has ended meanwhile is not to be believed, not even that
     * it is done: the files that it looked at are empty then.
     */
    private static StepReport seen(SculptTarget target, StepReport report) {
        boolean isOfHost = report.step() == Step.COMPACT && report.outcome() == StepOutcome.DONE;
        return isOfHost || target.isThere() ? report : died(report);
    }

    private StepReport run(
            Step step, SculptTarget target, SculptRequest request, Pacer pacer, PendingUndo undo) {
        return switch (step) {
            case PIN -> pin(target, request.node(), pacer, undo);
            case MOVE -> {
                var origins = new BlockOrigins(mapped(target));
                undo.origins = origins;
                StepReport moved = mover.move(target, request, pacer, origins, undo.before);
                undo.isMoved = moved.outcome() == StepOutcome.DONE;
                yield moved;
            }
            case BIND -> bind(target, request.node(), pacer, undo);
            case COLLAPSE -> collapser.collapse(target, request, pacer, mapped(target));
            case COMPACT -> compactor.compact(request, pacer);
            case COLD, PAGEOUT -> reclaimer.reclaim(target, step, pacer, mapped(target));
        };
    }

    private StepReport pin(SculptTarget target, int node, Pacer pacer, PendingUndo undo) {
        Pinning pinning = target.pinning();
        if (pinning == null) {
            throw new SculptException("no way to pin this VM was given", null);
        }
        pacer.begin();
        undo.pins = pinning.pin(abilities.cpus(node));
        return tied(Step.PIN, pacer);
    }

    private static StepReport bind(SculptTarget target, int node, Pacer pacer, PendingUndo undo) {
        Pinning pinning = target.pinning();
        if (pinning == null) {
            throw new SculptException("no way to bind the memory of this VM was given", null);
        }
        pacer.begin();
        Runnable unbind = pinning.bind(node);
        Runnable unpin = undo.pins;
        undo.pins =
                () -> {
                    unbind.run();
                    if (unpin != null) {
                        unpin.run();
                    }
                };
        return tied(Step.BIND, pacer);
    }

    private static StepReport tied(Step step, Pacer pacer) {
        return new StepReport(step, StepOutcome.DONE, 0, pacer.elapsedNs(), 0, "", List.of());
    }

    /** The ranges as they are now: those that were given age. */
    private static List<RamRange> mapped(SculptTarget target) {
        return target.reader().mapped(target.pid(), target.ranges());
    }

    private static StepReport caught(Step step, Supplier<StepReport> act) {
        try {
            return act.get();
        } catch (LinuxException e) {
            return failed(step, e.call(), e.errno(), e.symbol(), String.valueOf(e.getMessage()));
        } catch (SculptException e) {
            int errno = e.errno();
            return failed(step, "read", errno, Errno.symbol(errno), String.valueOf(e.getMessage()));
        } catch (NativeException e) {
            return failed(step, "libvirt", 0, "", String.valueOf(e.getMessage()));
        }
    }

    private static StepReport dead(Step step) {
        return failed(step, "pidfd_send_signal", Errno.ESRCH, "ESRCH", "the process has ended");
    }

    private static StepReport died(StepReport report) {
        var failures = new ArrayList<>(dead(report.step()).failures());
        failures.addAll(report.failures());
        return new StepReport(
                report.step(),
                StepOutcome.FAILED,
                0,
                report.durationNs(),
                report.pausedNs(),
                "the process has ended",
                failures);
    }

    private static StepReport failed(
            Step step, String call, int errno, String symbol, String reason) {
        return new StepReport(
                step,
                StepOutcome.FAILED,
                0,
                0,
                0,
                reason,
                List.of(new Failure(call, errno, symbol, 1, 0, reason)));
    }

    private static Map<Integer, Long> placement(SculptTarget target) {
        try {
            return target.reader().bytesByNode(target.pid(), target.ranges());
        } catch (SculptException gone) {
            return Map.of();
        }
    }

    /** Filled while the steps run. */
    private static final class PendingUndo {
        private final Map<Integer, Long> before;
        private @Nullable Runnable pins;
        private @Nullable BlockOrigins origins;
        private boolean isMoved;

        private PendingUndo(Map<Integer, Long> before) {
            this.before = before;
        }

        @Nullable SculptUndo finished() {
            return pins == null && origins == null ? null : new SculptUndo(pins, origins);
        }
    }
}
