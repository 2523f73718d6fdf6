package org.foreshape.daemon.hands;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.foreshape.hypervisor.Hypervisor;
import org.foreshape.hypervisor.VmMemory;
import org.foreshape.numasculptor.HostNode;
import org.foreshape.numasculptor.HostReader;
import org.foreshape.numasculptor.ProcessReader;
import org.foreshape.numasculptor.RamRange;
import org.foreshape.numasculptor.SculptException;
import org.foreshape.numasculptor.ThreadNode;
import org.foreshape.numasculptor.plan.ConsolidationPlan;
import org.foreshape.numasculptor.plan.ConsolidationPlanner;
import org.foreshape.numasculptor.plan.NodeSpace;
import org.foreshape.numasculptor.plan.VmMove;
import org.foreshape.numasculptor.plan.VmPlacement;

/**
 * Plans for the whole host which VM shall lie on which NUMA node, on a thread of its own: each half
 * minute, and when VMs come or go. A greedy plan counts at once, a better one replaces it within
 * 0.2 s. Acts on a VM ask for its place; the shaper does not, so plans do not depend on it. On a
 * host with one node nothing is read and nothing planned.
 */
final class Consolidation {
    static final long PERIOD_NS = TimeUnit.SECONDS.toNanos(30);
    private static final Duration PLANNER_LIMIT = Duration.ofMillis(200);
    private static final long MILLICORES_PER_CPU = 1_000;

    /** vCPUs that a CPU of the host may carry by the plan. */
    private static final int OVERCOMMIT = 4;

    private static final String ONE_NODE = "the host has one NUMA node, so there is nowhere to go";

    private final HostReader host;
    private final EngineView engine;
    private final Function<VmSeat, Optional<Residence>> residences;
    private final ConsolidationPlanner planner = new ConsolidationPlanner();
    private volatile Map<Integer, Place> places = Map.of();
    private volatile String whyNone = "the host has not been looked at yet";

    /**
     * Where a VM shall lie.
     *
     * @param generation of the VM in the slot
     * @param nodes one where it fits into one
     */
    record Place(int generation, List<Integer> nodes) {}

    /**
     * Where a VM lies.
     *
     * @param bytesByNode its memory
     * @param vcpusByNode how many of its vCPUs ran there last
     */
    record Residence(Map<Integer, Long> bytesByNode, Map<Integer, Integer> vcpusByNode) {
        long bytes(HostNode node) {
            return bytesByNode.getOrDefault(node.node(), 0L);
        }

        long millicores(HostNode node) {
            return vcpusByNode.getOrDefault(node.node(), 0) * MILLICORES_PER_CPU;
        }
    }

    Consolidation(
            HostReader host, EngineView engine, Function<VmSeat, Optional<Residence>> residences) {
        this.host = host;
        this.engine = engine;
        this.residences = residences;
    }

    /** One for the VMs of a hypervisor; those of this very process stay where they are. */
    static Consolidation of(HostReader host, EngineView engine, Hypervisor hypervisor) {
        return new Consolidation(host, engine, vm -> residence(host, hypervisor, vm));
    }

    /** Where a VM shall lie; empty where that is not planned: see {@link #whyNone}. */
    Optional<Place> placeOf(int slot, int generation) {
        Place place = places.get(slot);
        return place != null && place.generation() == generation
                ? Optional.of(place)
                : Optional.empty();
    }

    /** Why a VM has no place, one clause. */
    String whyNone() {
        return whyNone;
    }

    /** Looks and plans once; its own thread. */
    void round() {
        List<HostNode> nodes = host.nodes();
        if (nodes.size() < 2) {
            whyNone = ONE_NODE;
            places = Map.of();
            return;
        }
        Map<VmSeat, Residence> found = new HashMap<>();
        for (VmSeat vm : engine.enforced()) {
            residences.apply(vm).ifPresent(residence -> found.put(vm, residence));
        }
        whyNone = "where it lies could not be read when the host was last looked at";
        List<VmPlacement> vms = new ArrayList<>();
        found.forEach((vm, residence) -> vms.add(placement(vm, residence, nodes)));
        List<NodeSpace> spaces =
                nodes.stream().map(node -> space(node, nodes.size(), found.values())).toList();
        places = places(found, planner.greedy(spaces, vms));
        places = places(found, planner.best(spaces, vms, PLANNER_LIMIT));
    }

    private static VmPlacement placement(VmSeat vm, Residence lies, List<HostNode> nodes) {
        return new VmPlacement(
                vm.slot(),
                nodes.stream().map(lies::bytes).toList(),
                nodes.stream().map(lies::millicores).toList());
    }

    private static NodeSpace space(HostNode node, int nodeCount, Iterable<Residence> vms) {
        long bytes = node.freeBytes() - PrefaultHand.HOST_RESERVE_BYTES / nodeCount;
        long carried = 0;
        for (Residence vm : vms) {
            bytes += vm.bytes(node);
            carried += vm.millicores(node);
        }
        long millicores = OVERCOMMIT * MILLICORES_PER_CPU * node.cpus().size();
        return new NodeSpace(node.node(), Math.max(0, bytes), Math.max(carried, millicores));
    }

    private static Map<Integer, Place> places(Map<VmSeat, Residence> vms, ConsolidationPlan plan) {
        Map<Integer, Place> places = new HashMap<>();
        vms.forEach((vm, lies) -> {
            List<Integer> now =
                    new TreeMap<>(lies.bytesByNode())
                            .entrySet().stream()
                                    .filter(entry -> entry.getValue() > 0)
                                    .map(Map.Entry::getKey)
                                    .toList();
            places.put(vm.slot(), new Place(vm.generation(), now));
        });
        for (VmMove move : plan.moves()) {
            places.computeIfPresent(
                    move.vm(), (slot, now) -> new Place(now.generation(), move.nodes()));
        }
        return Map.copyOf(places);
    }

    private static Optional<Residence> residence(
            HostReader host, Hypervisor hypervisor, VmSeat vm) {
        if (hypervisor.isInProcess()
                || !(hypervisor.memoryOf(vm.slot(), vm.generation())
                        instanceof VmMemory.OfProcess process)) {
            return Optional.empty();
        }
        ProcessReader reader = ProcessReader.ofThisMachine();
        try {
            List<RamRange> ram = reader.guestRam(process.pid(), process.sizeBytes());
            Map<Integer, Integer> vcpus = new TreeMap<>();
            for (ThreadNode thread : reader.threads(process.pid(), host.nodes())) {
                if (thread.vcpu() >= 0 && thread.node() >= 0) {
                    vcpus.merge(thread.node(), 1, Integer::sum);
                }
            }
            return Optional.of(new Residence(reader.bytesByNode(process.pid(), ram), vcpus));
        } catch (SculptException e) {
            // It has just ended, or may not be read: it is left out of this round.
            return Optional.empty();
        }
    }
}
