package org.foreshape.numasculptor.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The choice in numbers: each VM takes one of its options, and each resource has a capacity.
 *
 * <p>Option 0 is to stay. Then comes each node that could hold the whole VM if it were empty; a VM
 * that no node can hold has the smallest sets of nodes that can. Resources are the nodes' memory in
 * KiB, then the nodes' CPU in millicores. A cost is a number of nodes times {@link #nodeWeight}
 * plus the MiB moved, so that nodes come first and bytes second, in whole numbers.
 */
final class Model {
    static final int STAY = 0;
    private static final int SPLIT_COUNT_MAX = 70;
    private static final long KIB = 1024;
    private static final long MIB = 1024 * 1024;

    final int vmCount;
    final int resourceCount;
    final long nodeWeight;
    final long[] capacity;

    /** By VM and option. */
    final long[][] cost;

    /** By VM, option and resource. */
    final long[][][] usage;

    /** By VM and option: the resources it uses, which are few. */
    final int[][][] used;

    /** By VM, option and node: the bytes it would have there. */
    final long[][][] bytes;

    private final int nodeCount;

    Model(List<NodeSpace> nodes, List<VmPlacement> vms) {
        vmCount = vms.size();
        nodeCount = nodes.size();
        resourceCount = 2 * nodeCount;
        capacity = new long[resourceCount];
        cost = new long[vmCount][];
        usage = new long[vmCount][][];
        bytes = new long[vmCount][][];
        used = new int[vmCount][][];
        for (int node = 0; node < nodeCount; node++) {
            capacity[node] = nodes.get(node).memoryBytes() / KIB;
            capacity[nodeCount + node] = nodes.get(node).millicores();
        }
        long totalMib = vms.stream().mapToLong(vm -> ceil(sum(vm.bytesByNode()), MIB)).sum();
        nodeWeight = totalMib + 1;
        for (int vm = 0; vm < vmCount; vm++) {
            options(vm, vms.get(vm), nodes);
        }
        // Where VMs have more than a node shall hold, they may stay, but nothing may come.
        long[] now = new long[resourceCount];
        for (int vm = 0; vm < vmCount; vm++) {
            add(now, usage[vm][STAY], 1);
        }
        for (int r = 0; r < resourceCount; r++) {
            capacity[r] = Math.max(capacity[r], now[r]);
        }
    }

    private void options(int vm, VmPlacement place, List<NodeSpace> nodes) {
        if (place.bytesByNode().size() != nodeCount
                || place.millicoresByNode().size() != nodeCount) {
            throw new IllegalArgumentException(
                    "VM %d must have figures of each of the %d nodes"
                            .formatted(place.vm(), nodeCount));
        }
        long[] at = array(place.bytesByNode());
        long total = Arrays.stream(at).sum();
        long cpu = place.millicoresByNode().stream().mapToLong(Long::longValue).sum();
        var spreads = new ArrayList<long[]>();
        spreads.add(at);
        for (int node = 0; node < nodeCount; node++) {
            if (total > 0
                    && total <= nodes.get(node).memoryBytes()
                    && cpu <= nodes.get(node).millicores()) {
                long[] spread = new long[nodeCount];
                spread[node] = total;
                spreads.add(spread);
            }
        }
        if (spreads.size() == 1 && total > 0) {
            splits(at, total, nodes, spreads);
        }
        cost[vm] = new long[spreads.size()];
        usage[vm] = new long[spreads.size()][resourceCount];
        bytes[vm] = spreads.toArray(long[][]::new);
        used[vm] = new int[spreads.size()][];
        for (int option = 0; option < spreads.size(); option++) {
            long[] spread = spreads.get(option);
            long nodesUsed = Arrays.stream(spread).filter(b -> b > 0).count();
            cost[vm][option] = nodesUsed * nodeWeight + ceil(moved(at, spread), MIB);
            for (int node = 0; node < nodeCount; node++) {
                usage[vm][option][node] = ceil(spread[node], KIB);
                usage[vm][option][nodeCount + node] =
                        option == STAY
                                ? place.millicoresByNode().get(node)
                                : Math.round((double) cpu * spread[node] / total);
            }
            long[] uses = usage[vm][option];
            used[vm][option] =
                    IntStream.range(0, resourceCount).filter(r -> uses[r] != 0).toArray();
        }
    }

    /** The smallest sets of nodes that hold a VM too large for one. */
    private void splits(long[] at, long total, List<NodeSpace> nodes, List<long[]> spreads) {
        for (int size = 2; size <= nodeCount && spreads.size() == 1; size++) {
            for (int set = 1; set < 1 << nodeCount; set++) {
                if (Integer.bitCount(set) == size && spreads.size() <= SPLIT_COUNT_MAX) {
                    long[] spread = fill(at, total, set, nodes);
                    if (Arrays.stream(spread).sum() == total) {
                        spreads.add(spread);
                    }
                }
            }
        }
    }

    /** Keeps what lies on the set's nodes, and fills them up in order with the rest. */
    private long[] fill(long[] at, long total, int set, List<NodeSpace> nodes) {
        long[] spread = new long[nodeCount];
        long left = total;
        for (int node = 0; node < nodeCount; node++) {
            if ((set & 1 << node) != 0) {
                spread[node] = Math.min(at[node], nodes.get(node).memoryBytes());
                left -= spread[node];
            }
        }
        for (int node = 0; node < nodeCount && left > 0; node++) {
            if ((set & 1 << node) != 0) {
                long more = Math.min(left, nodes.get(node).memoryBytes() - spread[node]);
                spread[node] += more;
                left -= more;
            }
        }
        return spread;
    }

    /** Whether an option fits into what is free once the VM's present option is given up. */
    boolean fits(long[] free, int vm, int from, int to) {
        long[] leaving = usage[vm][from];
        long[] coming = usage[vm][to];
        for (int r = 0; r < resourceCount; r++) {
            long more = coming[r] - leaving[r];
            if (more > 0 && more > free[r]) {
                return false;
            }
        }
        return true;
    }

    /** Changes what is free for a VM that goes from one option to another. */
    void change(long[] free, int vm, int from, int to) {
        add(free, usage[vm][from], 1);
        add(free, usage[vm][to], -1);
    }

    /** What is free under a choice. */
    long[] free(int[] choice) {
        long[] free = capacity.clone();
        for (int vm = 0; vm < vmCount; vm++) {
            add(free, usage[vm][choice[vm]], -1);
        }
        return free;
    }

    long cost(int[] choice) {
        long sum = 0;
        for (int vm = 0; vm < vmCount; vm++) {
            sum += cost[vm][choice[vm]];
        }
        return sum;
    }

    long movedBytes(int vm, int option) {
        return moved(bytes[vm][STAY], bytes[vm][option]);
    }

    long nodesOf(int vm, int option) {
        return Arrays.stream(bytes[vm][option]).filter(b -> b > 0).count();
    }

    private static void add(long[] sums, long[] values, int sign) {
        for (int r = 0; r < sums.length; r++) {
            sums[r] += sign * values[r];
        }
    }

    private static long moved(long[] from, long[] to) {
        long moved = 0;
        for (int node = 0; node < from.length; node++) {
            moved += Math.max(0, to[node] - from[node]);
        }
        return moved;
    }

    private static long sum(List<Long> values) {
        return values.stream().mapToLong(Long::longValue).sum();
    }

    private static long[] array(List<Long> values) {
        return values.stream().mapToLong(Long::longValue).toArray();
    }

    private static long ceil(long value, long unit) {
        return (value + unit - 1) / unit;
    }
}
