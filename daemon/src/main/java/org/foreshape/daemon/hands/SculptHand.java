package org.foreshape.daemon.hands;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.foreshape.hypervisor.VmMemory;
import org.foreshape.nativebindings.linux.LinuxMemory;
import org.foreshape.numasculptor.AffinityPinning;
import org.foreshape.numasculptor.HostNode;
import org.foreshape.numasculptor.HostReader;
import org.foreshape.numasculptor.LibvirtPinning;
import org.foreshape.numasculptor.Pinning;
import org.foreshape.numasculptor.ProcessReader;
import org.foreshape.numasculptor.RamRange;
import org.foreshape.numasculptor.SculptReport;
import org.foreshape.numasculptor.SculptRequest;
import org.foreshape.numasculptor.SculptTarget;
import org.foreshape.numasculptor.Sculptor;
import org.foreshape.numasculptor.Step;
import org.foreshape.numasculptor.StepOutcome;
import org.foreshape.numasculptor.StepReport;
import org.foreshape.numasculptor.StopToken;
import org.foreshape.ring.act.ActOrder;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.OutcomeStatus;
import org.jspecify.annotations.Nullable;

/**
 * Brings a VM's memory together on the node that the plan for the host gives it, and into huge
 * pages; takes that back; and lets an idle VM's memory go first. Lanes only.
 *
 * <p>What is needed to take a move back is kept as long as this process lives and the VM's process
 * does. Pins of a libvirt VM are set and taken back at libvirt.
 */
final class SculptHand {
    private static final int SHARE_BY_MEMORY_MIB_PER_S = PrefaultHand.PACE_MIB_PER_S;

    /** Of a block's pages, how many must be there; all, while a balloon may hold the others. */
    private static final double RESIDENT_SHARE_MIN = .9;

    private final HostReader host;
    private final Consolidation consolidation;

    /** The first act on each VM that moved or pinned it: what was before it is the original. */
    private final Map<VmSeatKey, SculptReport> firsts = new ConcurrentHashMap<>();

    private record VmSeatKey(int slot, int generation) {}

    SculptHand(HostReader host, Consolidation consolidation) {
        this.host = host;
        this.consolidation = consolidation;
    }

    void sculpt(ActOrder order, VmMemory memory, OutcomeSection outcome) {
        boolean own = memory instanceof VmMemory.Mapped;
        boolean mayHold = own || ((VmMemory.OfProcess) memory).heldBytes() > 0;
        try (SculptTarget target = target(memory);
                Sculptor sculptor = Sculptor.open(host)) {
            Course course =
                    own ? stay("embedded guests stay where they are") : course(order, target);
            SculptReport report =
                    sculptor.sculpt(
                            target,
                            course.request()
                                    .residentShareMin(mayHold ? 1 : RESIDENT_SHARE_MIN)
                                    .bytesPerSecond((long) SHARE_BY_MEMORY_MIB_PER_S << 20)
                                    .limit(PrefaultHand.LIMIT)
                                    .build(),
                            new StopToken());
            if (report.undo() != null) {
                VmSeatKey key = new VmSeatKey(order.vmSlot, order.vmGeneration);
                firsts.keySet().removeIf(k -> k.slot() == key.slot() && !k.equals(key));
                firsts.putIfAbsent(key, report);
            }
            tell(report, course.words(), outcome);
        }
    }

    void undo(ActOrder order, VmMemory memory, OutcomeSection outcome) {
        VmSeatKey key = new VmSeatKey(order.vmSlot, order.vmGeneration);
        SculptReport first = firsts.remove(key);
        if (first == null) {
            Outcomes.end(outcome, OutcomeStatus.DONE, "it was neither moved nor pinned");
            return;
        }
        try (SculptTarget target = target(memory);
                Sculptor sculptor = Sculptor.open(host)) {
            SculptRequest pace =
                    SculptRequest.builder(Step.COLLAPSE)
                            .bytesPerSecond((long) SHARE_BY_MEMORY_MIB_PER_S << 20)
                            .limit(PrefaultHand.LIMIT)
                            .build();
            tell(sculptor.undo(target, first, pace, new StopToken()), "", outcome);
        }
        if (outcome.status != OutcomeStatus.DONE) {
            firsts.putIfAbsent(key, first);
        }
    }

    void reclaim(VmMemory memory, OutcomeSection outcome) {
        try (SculptTarget target = target(memory);
                Sculptor sculptor = Sculptor.open(host)) {
            SculptRequest.Builder request =
                    host.swapTotalBytes() > 0
                            ? SculptRequest.reclaim()
                            : SculptRequest.builder(Step.COLD);
            SculptReport report =
                    sculptor.sculpt(
                            target,
                            request.bytesPerSecond((long) SHARE_BY_MEMORY_MIB_PER_S << 20)
                                    .limit(PrefaultHand.LIMIT)
                                    .build(),
                            new StopToken());
            tell(report, "", outcome);
        }
    }

    /** What is asked of the sculptor, and why not more. */
    private record Course(SculptRequest.Builder request, String words) {}

    private static Course stay(String why) {
        return new Course(SculptRequest.builder(Step.COLLAPSE), why);
    }

    private Course course(ActOrder order, SculptTarget target) {
        Optional<Consolidation.Place> place =
                consolidation.placeOf(order.vmSlot, order.vmGeneration);
        if (place.isEmpty()) {
            return stay(consolidation.whyNone());
        }
        List<Integer> nodes = place.get().nodes();
        if (nodes.size() != 1) {
            return stay("it stays on nodes " + nodes + " by the plan for the host");
        }
        int node = nodes.getFirst();
        Map<Integer, Long> lies =
                ProcessReader.ofThisMachine().bytesByNode(target.pid(), target.ranges());
        long all = lies.values().stream().mapToLong(Long::longValue).sum();
        long toMove = all - lies.getOrDefault(node, 0L);
        long free =
                host.nodes().stream()
                        .filter(one -> one.node() == node)
                        .mapToLong(HostNode::freeBytes)
                        .findFirst()
                        .orElse(0);
        if (toMove > free - PrefaultHand.HOST_RESERVE_BYTES / Math.max(1, host.nodes().size())) {
            return stay("node " + node + " of the plan has no room for it yet");
        }
        return new Course(
                SculptRequest.builder(Step.PIN, Step.MOVE, Step.COLLAPSE).node(node),
                "to node " + node + " by the plan for the host");
    }

    private SculptTarget target(VmMemory memory) {
        ProcessReader reader = ProcessReader.ofThisMachine();
        return switch (memory) {
            case VmMemory.OfProcess process -> {
                int pid = process.pid();
                long startTicks = reader.startTicks(pid);
                yield SculptTarget.open(
                        pid,
                        startTicks,
                        reader.guestRam(pid, process.sizeBytes()),
                        pinning(process));
            }
            case VmMemory.Mapped mapped -> {
                int pid = LinuxMemory.processId();
                long start = mapped.startAddress();
                long end = start + mapped.memory().sizeBytes();
                yield SculptTarget.open(
                        pid,
                        reader.startTicks(pid),
                        List.of(new RamRange(start, end, 0, false)),
                        null);
            }
        };
    }

    private Pinning pinning(VmMemory.OfProcess process) {
        @Nullable Pinning byLibvirt =
                process.domain() == null
                        ? null
                        : new LibvirtPinning(process.domain(), hostCpuCount(), false);
        return byLibvirt == null ? new AffinityPinning(process.pid()) : byLibvirt;
    }

    private int hostCpuCount() {
        return 1
                + host.nodes().stream()
                        .flatMap(node -> node.cpus().stream())
                        .mapToInt(Integer::intValue)
                        .max()
                        .orElse(0);
    }

    private static void tell(SculptReport report, String words, OutcomeSection outcome) {
        boolean none = !report.steps().isEmpty();
        OutcomeStatus status = OutcomeStatus.DONE;
        for (StepReport step : report.steps()) {
            none &= step.outcome() == StepOutcome.UNAVAILABLE;
            if (step.outcome() == StepOutcome.FAILED || step.outcome() == StepOutcome.STOPPED) {
                status = OutcomeStatus.FAILED;
                outcome.errorCode =
                        step.failures().isEmpty() ? 0 : step.failures().getFirst().errno();
            }
        }
        String steps =
                report.steps().stream().map(SculptHand::words).collect(Collectors.joining("; "));
        String text = words.isEmpty() ? steps : steps + "; " + words;
        Outcomes.end(outcome, none ? OutcomeStatus.UNAVAILABLE : status, text);
    }

    private static String words(StepReport step) {
        String reason = step.reason().isEmpty() ? "" : ": " + step.reason();
        return step.step() + " " + step.outcome() + ", " + (step.bytes() >> 20) + " MiB" + reason;
    }
}
