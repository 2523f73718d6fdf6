package org.foreshape.numasculptor.plan;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Plans which VM goes to which NUMA node: fewest nodes for each VM, then fewest bytes moved, and no
 * node given more than it holds. Pure; any thread, each call on its own.
 *
 * <p>{@link #best} starts from {@link #greedy}, bounds from below what any plan costs, drops the
 * options that no better plan can have, and leaves the rest to ojAlgo's branch and bound. In small
 * or roomy cases that proves the plan optimal; else it returns the best it knows when its time is
 * up, and says so.
 */
public final class ConsolidationPlanner {
    /** Most nodes that are planned for. */
    public static final int NODE_COUNT_MAX = 16;

    private static final int ITERATION_COUNT_MAX = 2000;
    private static final long SOLVER_MS_MIN = 20;

    /** A planner; it keeps nothing between calls. */
    public ConsolidationPlanner() {}

    /**
     * A good plan at once.
     *
     * @param nodes the host's nodes
     * @param vms all its VMs, movable or not
     * @return a plan that is never worse than leaving all as it is
     * @throws IllegalArgumentException figures do not fit the nodes, or numbers occur twice
     */
    public ConsolidationPlan greedy(List<NodeSpace> nodes, List<VmPlacement> vms) {
        long startNs = System.nanoTime();
        Model model = model(nodes, vms);
        return plan(model, nodes, vms, new GreedyPlacer(model).place(), false, startNs);
    }

    /**
     * The best plan that can be found in time.
     *
     * @param nodes the host's nodes
     * @param vms all its VMs, movable or not
     * @param limit how long it may take, about
     * @return a plan that is never worse than the greedy one
     * @throws IllegalArgumentException figures do not fit the nodes, or numbers occur twice
     */
    public ConsolidationPlan best(List<NodeSpace> nodes, List<VmPlacement> vms, Duration limit) {
        long startNs = System.nanoTime();
        // The solver ends a little late, and the plan has to be put in order after it.
        long deadlineNs = startNs + limit.toNanos() * 9 / 10;
        Model model = model(nodes, vms);
        var placer = new GreedyPlacer(model);
        int[] greedy = placer.place();
        ConsolidationPlan known = plan(model, nodes, vms, greedy.clone(), false, startNs);

        int[] choice = greedy.clone();
        long halfNs = startNs + limit.toNanos() / 2;
        placer.swap(choice, halfNs);
        placer.improve(choice);
        var bound = new LagrangeBound(model, placer);
        choice = bound.raise(choice, ITERATION_COUNT_MAX, halfNs);
        boolean proven = bound.proves(model.cost(choice));
        if (!proven) {
            boolean[] solved = new boolean[1];
            choice = core(model, bound, choice, deadlineNs, solved);
            proven = solved[0];
        }
        ConsolidationPlan best = plan(model, nodes, vms, choice, proven, startNs);
        return best.isAsGoodAs(known) ? best : withTime(known, startNs);
    }

    /** Lets the solver choose among what the bound leaves over. */
    private static int[] core(
            Model model, LagrangeBound bound, int[] known, long deadlineNs, boolean[] proven) {
        long knownCost = model.cost(known);
        int[][] candidates = bound.candidates(knownCost);
        for (int vm = 0; vm < candidates.length; vm++) {
            candidates[vm] = with(candidates[vm], known[vm]);
        }
        // If they are too many, those VMs may choose whose options are nearly equal.
        int[] open =
                IntStream.range(0, candidates.length)
                        .filter(vm -> candidates[vm].length > 1)
                        .boxed()
                        .sorted(Comparator.comparingDouble(vm -> bound.regret(vm, candidates[vm])))
                        .mapToInt(Integer::intValue)
                        .toArray();
        boolean all = true;
        int variables = 0;
        for (int vm : open) {
            if (variables + candidates[vm].length > CoreSolver.VARIABLE_COUNT_MAX) {
                candidates[vm] = new int[0];
                all = false;
            }
            variables += candidates[vm].length;
        }
        long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
        if (variables == 0) {
            proven[0] = true;
            return known;
        }
        if (leftMs < SOLVER_MS_MIN) {
            return known;
        }
        int @Nullable [] found = new CoreSolver(model).solve(known, candidates, leftMs / 2);
        boolean better = found != null && isWithin(model, found) && model.cost(found) < knownCost;
        int[] start = better && found != null ? found : known;
        var proof = new CoreProof(model, bound, start, candidates, deadlineNs);
        proven[0] = proof.search() && all;
        return proof.best();
    }

    /** The known option stays in, so that the solver always has a feasible choice. */
    private static int[] with(int[] options, int known) {
        return IntStream.concat(Arrays.stream(options), IntStream.of(known)).distinct().toArray();
    }

    private static boolean isWithin(Model model, int[] choice) {
        return Arrays.stream(model.free(choice)).allMatch(left -> left >= 0);
    }

    private static Model model(List<NodeSpace> nodes, List<VmPlacement> vms) {
        if (nodes.isEmpty() || nodes.size() > NODE_COUNT_MAX) {
            throw new IllegalArgumentException(
                    "there must be 1 to " + NODE_COUNT_MAX + " nodes, not " + nodes.size());
        }
        Set<Integer> numbers = new HashSet<>();
        nodes.forEach(node -> numbers.add(node.node()));
        Set<Integer> vmNumbers = new HashSet<>();
        vms.forEach(vm -> vmNumbers.add(vm.vm()));
        if (numbers.size() < nodes.size() || vmNumbers.size() < vms.size()) {
            throw new IllegalArgumentException("the numbers of nodes and of VMs must be unique");
        }
        return new Model(nodes, vms);
    }

    private static ConsolidationPlan plan(
            Model model,
            List<NodeSpace> nodes,
            List<VmPlacement> vms,
            int[] choice,
            boolean proven,
            long startNs) {
        var order = new MoveOrder(model);
        var moves = new ArrayList<VmMove>();
        long movedBytes = 0;
        for (int vm : order.of(choice)) {
            VmMove move = move(model, nodes, vms.get(vm), vm, choice[vm]);
            moves.add(move);
            movedBytes += move.movedBytes();
        }
        long before = 0;
        long after = 0;
        for (int vm = 0; vm < choice.length; vm++) {
            before += model.nodesOf(vm, Model.STAY);
            after += model.nodesOf(vm, choice[vm]);
        }
        return new ConsolidationPlan(
                moves,
                before,
                after,
                movedBytes,
                proven && order.deferredCount() == 0,
                order.deferredCount(),
                System.nanoTime() - startNs);
    }

    private static VmMove move(
            Model model, List<NodeSpace> nodes, VmPlacement place, int vm, int option) {
        var numbers = new ArrayList<Integer>();
        var bytes = new ArrayList<Long>();
        for (int node = 0; node < nodes.size(); node++) {
            if (model.bytes[vm][option][node] > 0) {
                numbers.add(nodes.get(node).node());
                bytes.add(model.bytes[vm][option][node]);
            }
        }
        return new VmMove(place.vm(), numbers, bytes, model.movedBytes(vm, option));
    }

    private static ConsolidationPlan withTime(ConsolidationPlan plan, long startNs) {
        return new ConsolidationPlan(
                plan.moves(),
                plan.nodesBefore(),
                plan.nodesAfter(),
                plan.movedBytes(),
                plan.provenOptimal(),
                plan.deferredCount(),
                System.nanoTime() - startNs);
    }
}
