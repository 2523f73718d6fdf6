package org.foreshape.daemon.hands;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.foreshape.hypervisor.VmMemory;
import org.foreshape.nativebindings.libvirt.LibvirtDomain;
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
import org.foreshape.numasculptor.WorkingSet;
import org.foreshape.ring.act.ActOrder;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.OutcomeStatus;

/**
 * Brings a VM's memory together on the node that the plan for the host gives it, and into huge
 * pages; takes that back; and lets an idle VM's memory go first. Lanes only.
 *
 * <p>What is needed to take a move back is kept as long as this process lives and the VM's process
 * does. Pins of a libvirt VM are set and taken back at libvirt, which also keeps what was before.
 */
final class SculptHand {
    /** Of a block's pages, how many must be there; all, while a balloon may hold the others. */
    private static final double RESIDENT_SHARE_MIN = .9;

    /** How long a VM that seems idle is looked at before its memory is made the first to go. */
    private static final Duration LOOK = Duration.ofSeconds(2);

    /** A huge page that is touched counts whole, so even an idle VM seems to use a good part. */
    private static final double HOT_SHARE_MAX = .5;

    private final HostReader host;
    private final Consolidation consolidation;
    private final PagePace pace;

    /** The first act on each VM that moved or pinned it: what was before it is the original. */
    private final Map<VmSeatKey, SculptReport> firsts = new ConcurrentHashMap<>();

    private record VmSeatKey(int slot, int generation) {}

    SculptHand(HostReader host, Consolidation consolidation, PagePace pace) {
        this.host = host;
        this.pace = pace;
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
                                    .bytesPerSecond(pace.bytesPerSecond())
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
            Outcomes.end(outcome, OutcomeStatus.DONE, takeBackPins(memory));
            return;
        }
        try (SculptTarget target = target(memory);
                Sculptor sculptor = Sculptor.open(host)) {
            SculptRequest back =
                    SculptRequest.builder(Step.COLLAPSE)
                            .bytesPerSecond(pace.bytesPerSecond())
                            .limit(PrefaultHand.LIMIT)
                            .build();
            tell(sculptor.undo(target, first, back, new StopToken()), "", outcome);
        }
        if (outcome.status != OutcomeStatus.DONE) {
            firsts.putIfAbsent(key, first);
        }
    }

    /** Of an earlier run's acts the pins are known at libvirt; where memory lay is not. */
    private String takeBackPins(VmMemory memory) {
        return memory instanceof VmMemory.OfProcess process
                        && pinning(process) instanceof LibvirtPinning pinning
                        && pinning.takeBack()
                ? "pinned as before an earlier run; where its memory lay then is not known"
                : "it was neither moved nor pinned";
    }

    void reclaim(VmMemory memory, OutcomeSection outcome) {
        try (SculptTarget target = target(memory);
                Sculptor sculptor = Sculptor.open(host)) {
            WorkingSet used = WorkingSet.measure(target, LOOK, new StopToken());
            if (used.hotShare() > HOT_SHARE_MAX) {
                Outcomes.end(outcome, OutcomeStatus.UNAVAILABLE, hot(used));
                return;
            }
            SculptRequest.Builder request =
                    host.swapTotalBytes() > 0
                            ? SculptRequest.reclaim()
                            : SculptRequest.builder(Step.COLD);
            SculptReport report =
                    sculptor.sculpt(
                            target,
                            request.bytesPerSecond(pace.bytesPerSecond())
                                    .limit(PrefaultHand.LIMIT)
                                    .build(),
                            new StopToken());
            tell(report, "", outcome);
        }
    }

    private static String hot(WorkingSet used) {
        return "its memory is not cold: it touched %d of %d MiB within %d s"
                .formatted(
                        used.referencedBytes() >> 20, used.residentBytes() >> 20, LOOK.toSeconds());
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
                SculptRequest.consolidate(node), "to node " + node + " by the plan for the host");
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
        LibvirtDomain domain = process.domain();
        return domain == null
                ? new AffinityPinning(process.pid())
                : new LibvirtPinning(domain, hostCpuCount(), process.pid());
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
