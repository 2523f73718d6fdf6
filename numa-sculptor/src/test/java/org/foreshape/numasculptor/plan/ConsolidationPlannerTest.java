package org.foreshape.numasculptor.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ConsolidationPlannerTest {
    private static final long GIB = 1L << 30;
    private static final Duration LIMIT = Duration.ofMillis(200);

    private final ConsolidationPlanner planner = new ConsolidationPlanner();

    @Test
    void shouldBringAVmToTheNodeThatHoldsMostOfIt() {
        ConsolidationPlan plan =
                planner.best(
                        nodes(2, 16, 8000),
                        List.of(vm(7, List.of(3L, 5L), List.of(0L, 1000L))),
                        LIMIT);
        assertThat(plan.moves())
                .containsExactly(new VmMove(7, List.of(1), List.of(8 * GIB), 3 * GIB));
        assertThat(plan.nodesBefore()).isEqualTo(2);
        assertThat(plan.nodesAfter()).isEqualTo(1);
        assertThat(plan.provenOptimal()).isTrue();
    }

    @Test
    void shouldLeaveAloneWhatLiesWell() {
        ConsolidationPlan plan =
                planner.best(
                        nodes(2, 16, 8000),
                        List.of(vm(1, List.of(8L, 0L), List.of(1L, 0L))),
                        LIMIT);
        assertThat(plan.moves()).isEmpty();
        assertThat(plan.movedBytes()).isZero();
        assertThat(plan.provenOptimal()).isTrue();
    }

    @Test
    void shouldMakeRoomForOneByMovingAnother() {
        // VM 1 fits on node 0 only if VM 2, which is small, leaves it; it does not fit on node 1.
        List<VmPlacement> vms =
                List.of(
                        vm(1, List.of(8L, 6L), List.of(1L, 0L)),
                        vm(2, List.of(4L, 0L), List.of(1L, 0L)),
                        vm(3, List.of(0L, 5L), List.of(0L, 1L)));
        ConsolidationPlan plan = planner.best(nodes(2, 16, 8000), vms, LIMIT);
        assertThat(plan.nodesAfter()).isEqualTo(3);
        assertThat(plan.moves()).extracting(VmMove::vm).containsExactly(2, 1);
        assertThat(plan.movedBytes()).isEqualTo(10 * GIB);
    }

    @Test
    void shouldSpreadAVmThatNoNodeHoldsOverAsFewAsHoldIt() {
        List<VmPlacement> vms = List.of(vm(1, List.of(10L, 5L, 5L, 4L), List.of(4L, 0L, 0L, 0L)));
        ConsolidationPlan plan = planner.best(nodes(4, 16, 8000), vms, LIMIT);
        assertThat(plan.nodesAfter()).isEqualTo(2);
        assertThat(plan.moves().getFirst().movedBytes()).isEqualTo(9 * GIB);
        assertThat(plan.moves().getFirst().bytesByNode().stream().mapToLong(b -> b).sum())
                .isEqualTo(24 * GIB);
    }

    @Test
    void shouldKeepCpuCapacityToo() {
        List<VmPlacement> vms =
                List.of(
                        vm(1, List.of(4L, 1L), List.of(3000L, 0L)),
                        vm(2, List.of(4L, 1L), List.of(3000L, 0L)));
        List<NodeSpace> nodes =
                List.of(new NodeSpace(0, 32 * GIB, 6000), new NodeSpace(1, 32 * GIB, 1000));
        assertThat(planner.best(nodes, vms, LIMIT).moves())
                .allMatch(move -> move.nodes().equals(List.of(0)));
    }

    @Test
    void shouldRefuseFiguresThatDoNotFit() {
        assertThatThrownBy(() ->
                        planner.greedy(nodes(2, 1, 1), List.of(vm(1, List.of(1L), List.of(1L)))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("VM 1");
        assertThatThrownBy(() -> planner.greedy(List.of(), List.of()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() ->
                        planner.greedy(
                                List.of(new NodeSpace(0, 1, 1), new NodeSpace(0, 1, 1)), List.of()))
                .hasMessageContaining("unique");
    }

    @Test
    void shouldHoldItsPromisesOnRandomHosts() {
        long base = Long.getLong("foreshape.seed", System.nanoTime());
        System.out.println("ConsolidationPlannerTest: -Dforeshape.seed=" + base);
        for (int i = 0; i < 40; i++) {
            Random random = new Random(base + i);
            int nodeCount = 1 + random.nextInt(8);
            int vmCount = 1 + random.nextInt(i < 30 ? 40 : 200);
            List<VmPlacement> vms = randomVms(random, nodeCount, vmCount);
            List<NodeSpace> nodes = randomNodes(random, nodeCount, vms);
            ConsolidationPlan greedy = planner.greedy(nodes, vms);
            ConsolidationPlan best = planner.best(nodes, vms, Duration.ofMillis(100));
            String what = "seed " + (base + i) + ": " + nodeCount + " nodes, " + vmCount + " VMs";
            checkOrder(what, nodes, vms, greedy);
            checkOrder(what, nodes, vms, best);
            assertThat(best.isAsGoodAs(greedy))
                    .as("%s: %s against %s", what, best, greedy)
                    .isTrue();
            assertThat(greedy.nodesAfter()).as(what).isLessThanOrEqualTo(greedy.nodesBefore());
        }
    }

    @Test
    void shouldFindWhatTryingEverythingFinds() {
        long base = Long.getLong("foreshape.seed", System.nanoTime());
        System.out.println("ConsolidationPlannerTest: -Dforeshape.seed=" + base);
        // The solver alone is wrong on one host in some thousand.
        int hosts = Integer.getInteger("foreshape.hosts", 3_000);
        int proven = 0;
        for (int i = 0; i < hosts; i++) {
            Random random = new Random(base + i);
            int nodeCount = 2 + random.nextInt(2);
            List<VmPlacement> vms = randomVms(random, nodeCount, 2 + random.nextInt(5));
            List<NodeSpace> nodes = randomNodes(random, nodeCount, vms);
            ConsolidationPlan best = planner.best(nodes, vms, Duration.ofSeconds(2));
            if (best.provenOptimal()) {
                proven++;
                Model model = new Model(nodes, vms);
                long least = least(model, new int[vms.size()], 0);
                long cost =
                        best.nodesAfter() * model.nodeWeight
                                + best.moves().stream()
                                        .mapToLong(m -> (m.movedBytes() + (1 << 20) - 1) >> 20)
                                        .sum();
                assertThat(cost).as("seed " + (base + i)).isEqualTo(least);
            }
        }
        assertThat(proven).isGreaterThan(hosts / 2);
    }

    @Test
    void shouldPlanFiveHundredVmsOnEightNodes() {
        Random random = new Random(1);
        List<VmPlacement> vms = randomVms(random, 8, 500);
        List<NodeSpace> nodes = randomNodes(random, 8, vms);
        ConsolidationPlan greedy = planner.greedy(nodes, vms);
        ConsolidationPlan best = planner.best(nodes, vms, LIMIT);
        checkOrder("500 VMs", nodes, vms, best);
        assertThat(best.isAsGoodAs(greedy)).isTrue();
        System.out.printf(
                "500 VMs, 8 nodes: greedy %d -> %d nodes, %d GiB, %.1f ms; best %d nodes, %d GiB,"
                        + " %.1f ms, proven %s%n",
                greedy.nodesBefore(),
                greedy.nodesAfter(),
                greedy.movedBytes() / GIB,
                greedy.elapsedNs() / 1e6,
                best.nodesAfter(),
                best.movedBytes() / GIB,
                best.elapsedNs() / 1e6,
                best.provenOptimal());
    }

    /** Tries every choice. */
    private static long least(Model model, int[] choice, int vm) {
        if (vm == choice.length) {
            for (long free : model.free(choice)) {
                if (free < 0) {
                    return Long.MAX_VALUE;
                }
            }
            return model.cost(choice);
        }
        long least = Long.MAX_VALUE;
        for (int option = 0; option < model.cost[vm].length; option++) {
            choice[vm] = option;
            least = Math.min(least, least(model, choice, vm + 1));
        }
        choice[vm] = Model.STAY;
        return least;
    }

    /** Carries the plan out step by step: no node may ever hold more than it shall. */
    private static void checkOrder(
            String what, List<NodeSpace> nodes, List<VmPlacement> vms, ConsolidationPlan plan) {
        Map<Integer, VmPlacement> byNumber = new HashMap<>();
        vms.forEach(vm -> byNumber.put(vm.vm(), vm));
        long[] memory = new long[nodes.size()];
        double[] cpu = new double[nodes.size()];
        vms.forEach(vm -> {
            for (int n = 0; n < nodes.size(); n++) {
                memory[n] += vm.bytesByNode().get(n);
                cpu[n] += vm.millicoresByNode().get(n).doubleValue();
            }
        });
        long[] memoryMax = memory.clone();
        double[] cpuMax = cpu.clone();
        for (int n = 0; n < nodes.size(); n++) {
            memoryMax[n] = Math.max(memoryMax[n], nodes.get(n).memoryBytes());
            cpuMax[n] = Math.max(cpuMax[n], (double) nodes.get(n).millicores());
        }
        for (VmMove move : plan.moves()) {
            VmPlacement vm = Objects.requireNonNull(byNumber.get(move.vm()));
            long total = vm.bytesByNode().stream().mapToLong(b -> b).sum();
            long millicores = vm.millicoresByNode().stream().mapToLong(m -> m).sum();
            for (int n = 0; n < nodes.size(); n++) {
                int at = move.nodes().indexOf(nodes.get(n).node());
                long bytes = at < 0 ? 0 : move.bytesByNode().get(at);
                memory[n] += bytes - vm.bytesByNode().get(n);
                cpu[n] += (double) millicores * bytes / total - vm.millicoresByNode().get(n);
                if (bytes > vm.bytesByNode().get(n)) {
                    assertThat(memory[n])
                            .as("%s: memory of node %d", what, n)
                            .isLessThanOrEqualTo(memoryMax[n] + (1 << 20));
                    assertThat(cpu[n])
                            .as("%s: CPU of node %d", what, n)
                            .isLessThanOrEqualTo(cpuMax[n] + 1);
                }
            }
            assertThat(move.bytesByNode().stream().mapToLong(b -> b).sum()).isEqualTo(total);
            if (move.nodes().size() > 1) {
                // Only what no node can hold may lie on several.
                assertThat(nodes)
                        .as(what)
                        .noneMatch(n -> n.memoryBytes() >= total && n.millicores() >= millicores);
            }
        }
    }

    private static List<VmPlacement> randomVms(Random random, int nodeCount, int vmCount) {
        var vms = new ArrayList<VmPlacement>();
        for (int vm = 0; vm < vmCount; vm++) {
            Long[] bytes = new Long[nodeCount];
            Long[] cpu = new Long[nodeCount];
            java.util.Arrays.fill(bytes, 0L);
            java.util.Arrays.fill(cpu, 0L);
            for (int part = random.nextInt(3); part >= 0; part--) {
                bytes[random.nextInt(nodeCount)] += (1 + random.nextInt(8 * 256)) * (4L << 20);
            }
            cpu[random.nextInt(nodeCount)] = 100L + random.nextInt(4000);
            vms.add(new VmPlacement(vm, List.of(bytes), List.of(cpu)));
        }
        return vms;
    }

    /** From nearly full, where one must make room for the other, to half empty. */
    private static List<NodeSpace> randomNodes(
            Random random, int nodeCount, List<VmPlacement> vms) {
        double slack = 1.02 + (random.nextBoolean() ? 0.1 : 1) * random.nextDouble();
        boolean even = random.nextBoolean();
        long memory = 0;
        long sum = 0;
        long cpu = 0;
        for (int n = 0; n < nodeCount; n++) {
            int node = n;
            long here = vms.stream().mapToLong(vm -> vm.bytesByNode().get(node)).sum();
            memory = Math.max(memory, here);
            sum += here;
            cpu += vms.stream().mapToLong(vm -> vm.millicoresByNode().get(node)).sum();
        }
        // What lies on a node already may stay, so a node may be told to hold less than it does.
        long each = (long) ((even ? sum / nodeCount : memory) * slack);
        long millicores = (long) (cpu * slack / nodeCount) + 1000;
        return IntStream.range(0, nodeCount)
                .mapToObj(n -> new NodeSpace(n, each, millicores))
                .toList();
    }

    private static List<NodeSpace> nodes(int count, long gib, long millicores) {
        return IntStream.range(0, count)
                .mapToObj(n -> new NodeSpace(n, gib * GIB, millicores))
                .toList();
    }

    private static VmPlacement vm(int number, List<Long> gib, List<Long> millicores) {
        return new VmPlacement(number, gib.stream().map(g -> g * GIB).toList(), millicores);
    }
}
