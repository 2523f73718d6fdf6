package org.foreshape.daemon.engine;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.foreshape.hypervisor.Hypervisor;
import org.foreshape.hypervisor.VmMemory;
import org.foreshape.nativebindings.NativeException;
import org.foreshape.nativebindings.linux.LinuxMemory;
import org.foreshape.numasculptor.AffinityPinning;
import org.foreshape.numasculptor.HostNode;
import org.foreshape.numasculptor.HostReader;
import org.foreshape.numasculptor.ProcessReader;
import org.foreshape.numasculptor.RamRange;
import org.foreshape.numasculptor.SculptException;
import org.foreshape.numasculptor.SculptReport;
import org.foreshape.numasculptor.SculptRequest;
import org.foreshape.numasculptor.SculptTarget;
import org.foreshape.numasculptor.Sculptor;
import org.foreshape.numasculptor.Step;
import org.foreshape.numasculptor.StepOutcome;
import org.foreshape.numasculptor.StepReport;
import org.foreshape.numasculptor.StopToken;
import org.foreshape.prefault.PrefaultCancel;
import org.foreshape.prefault.PrefaultReport;
import org.foreshape.prefault.PrefaultRequest;
import org.foreshape.prefault.Prefaulter;
import org.foreshape.prefault.RamFinder;
import org.foreshape.ring.act.ActOrder;
import org.foreshape.ring.act.Actor;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.OutcomeStatus;

/**
 * Gives each act to whom it belongs: resizes to the hypervisor, the rest to the hands that work on
 * a VM's pages. Acts on pages are paced, bounded in time and by the host's memory, and end when the
 * lane's thread is interrupted.
 */
final class HandActor implements Actor, AutoCloseable {
    private static final long HOST_RESERVE_BYTES = 512L << 20;
    private static final int PACE_MIB_PER_S = 1024;
    private static final double CPU_SHARE_MAX = .5;
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Hypervisor hypervisor;
    private final Prefaulter prefaulter = Prefaulter.open();
    private final HostReader host = HostReader.ofThisMachine();

    HandActor(Hypervisor hypervisor) {
        this.hypervisor = hypervisor;
    }

    @Override
    public void perform(ActOrder order, OutcomeSection outcome) {
        if (order.kind.resizes()) {
            hypervisor.perform(order, outcome);
            return;
        }
        VmMemory memory = hypervisor.memoryOf(order.vmSlot, order.vmGeneration);
        if (memory == null) {
            end(outcome, OutcomeStatus.VM_GONE, "the VM's memory is not found on this host");
            return;
        }
        try {
            switch (order.kind) {
                case PREFAULT -> prefault(memory, order.amount, outcome);
                case SCULPT -> sculpt(memory, outcome);
                case RESIZE_MEMORY, RESIZE_VCPUS, RESIZE_STORAGE ->
                        throw new IllegalStateException("not an act on pages: " + order.kind);
            }
        } catch (IOException | SculptException | NativeException e) {
            end(outcome, OutcomeStatus.VM_GONE, String.valueOf(e.getMessage()));
        } finally {
            if (memory instanceof VmMemory.Mapped mapped) {
                mapped.settled().run();
            }
        }
    }

    private void prefault(VmMemory memory, long amountKib, OutcomeSection outcome)
            throws IOException {
        switch (memory) {
            case VmMemory.Mapped mapped -> {
                long bytes =
                        Math.min((long) (amountKib * mapped.bytesPerKib()), mapped.grantedBytes());
                long page = LinuxMemory.pageSizeBytes();
                if (bytes < page) {
                    end(outcome, OutcomeStatus.DONE, "the guest uses all of it by now");
                    return;
                }
                PrefaultRequest request =
                        request(bytes)
                                .part(mapped.grantedOffsetBytes(), mapped.grantedBytes())
                                .build();
                tell(prefaulter.prefault(mapped.memory(), request, new PrefaultCancel()), outcome);
            }
            case VmMemory.OfProcess process -> {
                Optional<org.foreshape.prefault.RamRange> ram =
                        RamFinder.find(process.pid(), process.sizeBytes());
                if (ram.isEmpty()) {
                    end(
                            outcome,
                            OutcomeStatus.UNAVAILABLE,
                            "no mapping of process "
                                    + process.pid()
                                    + " is for certain the guest's memory");
                    return;
                }
                PrefaultRequest request =
                        request(amountKib * 1024)
                                .balloonHeldBytes(process.heldBytes())
                                .freePageReported(process.freePageReported())
                                .afterBalloonCycle(true)
                                .hugeRestored(true)
                                .build();
                tell(prefaulter.prefault(ram.get(), request, new PrefaultCancel()), outcome);
            }
        }
    }

    private static PrefaultRequest.Builder request(long bytes) {
        return PrefaultRequest.more(bytes)
                .pace(PACE_MIB_PER_S, CPU_SHARE_MAX)
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
        end(outcome, status, status == OutcomeStatus.DONE ? done : report.stopReason());
    }

    private void sculpt(VmMemory memory, OutcomeSection outcome) {
        ProcessReader reader = ProcessReader.ofThisMachine();
        int pid =
                switch (memory) {
                    case VmMemory.OfProcess process -> process.pid();
                    case VmMemory.Mapped ignored -> LinuxMemory.processId();
                };
        long startTicks = reader.startTicks(pid);
        List<RamRange> ranges =
                switch (memory) {
                    case VmMemory.OfProcess process -> reader.guestRam(pid, process.sizeBytes());
                    case VmMemory.Mapped mapped -> {
                        long start = mapped.startAddress();
                        long end = start + mapped.memory().sizeBytes();
                        yield List.of(new RamRange(start, end, 0, false));
                    }
                };
        List<HostNode> nodes = host.nodes();
        boolean own = memory instanceof VmMemory.Mapped;
        SculptRequest.Builder request = request(nodes, reader.bytesByNode(pid, ranges), own);
        try (SculptTarget target =
                        SculptTarget.open(
                                pid, startTicks, ranges, own ? null : new AffinityPinning(pid));
                Sculptor sculptor = Sculptor.open(host)) {
            tell(
                    sculptor.sculpt(
                            target,
                            request.bytesPerSecond((long) PACE_MIB_PER_S << 20)
                                    .limit(LIMIT)
                                    .build(),
                            new StopToken()),
                    outcome);
        }
    }

    /** On one node there is nothing to move; on more, the node that holds most and has room. */
    private static SculptRequest.Builder request(
            List<HostNode> nodes, Map<Integer, Long> bytesByNode, boolean own) {
        if (nodes.size() < 2) {
            return SculptRequest.builder(Step.COLLAPSE);
        }
        long all = bytesByNode.values().stream().mapToLong(Long::longValue).sum();
        int best = -1;
        long bestBytes = -1;
        for (HostNode node : nodes) {
            long has = bytesByNode.getOrDefault(node.node(), 0L);
            boolean room = node.freeBytes() - HOST_RESERVE_BYTES >= all - has;
            if (room && has > bestBytes) {
                best = node.node();
                bestBytes = has;
            }
        }
        if (best < 0) {
            return SculptRequest.builder(Step.COLLAPSE);
        }
        Set<Step> more = own ? EnumSet.of(Step.COLLAPSE) : EnumSet.of(Step.PIN, Step.COLLAPSE);
        return SculptRequest.builder(Step.MOVE, more.toArray(new Step[0])).node(best);
    }

    private static void tell(SculptReport report, OutcomeSection outcome) {
        boolean none = true;
        OutcomeStatus status = OutcomeStatus.DONE;
        for (StepReport step : report.steps()) {
            none &= step.outcome() == StepOutcome.UNAVAILABLE;
            if (step.outcome() == StepOutcome.FAILED || step.outcome() == StepOutcome.STOPPED) {
                status = OutcomeStatus.FAILED;
            }
        }
        String text =
                report.steps().stream().map(HandActor::words).collect(Collectors.joining("; "));
        end(outcome, none ? OutcomeStatus.UNAVAILABLE : status, text);
    }

    private static String words(StepReport step) {
        String reason = step.reason().isEmpty() ? "" : ": " + step.reason();
        return step.step() + " " + step.outcome() + ", " + (step.bytes() >> 20) + " MiB" + reason;
    }

    private static void end(OutcomeSection outcome, OutcomeStatus status, String message) {
        outcome.status = status;
        outcome.message.set(message);
    }

    /** Ends the keepers of the kernel's switches. Call it after the lanes are closed. */
    @Override
    public void close() {
        prefaulter.close();
    }
}
