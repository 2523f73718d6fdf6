package org.foreshape.numasculptor;

import java.util.List;

/**
 * From which node the memory of each 2 MiB came, so that it can go back. One byte a block: exact
 * where a block lay on one node, else the node of the first of its pages that was seen elsewhere.
 */
final class BlockOrigins {
    private static final int NODE_MAX = 253;

    private final List<RamRange> ranges;
    private final byte[][] nodes;

    BlockOrigins(List<RamRange> ranges) {
        this.ranges = ranges;
        this.nodes = new byte[ranges.size()][];
        for (int i = 0; i < nodes.length; i++) {
            long blocks = blockOf(ranges.get(i), ranges.get(i).end() - 1) + 1L;
            nodes[i] = new byte[Math.toIntExact(blocks)];
        }
    }

    List<RamRange> ranges() {
        return ranges;
    }

    /** Notes where a page was, unless its block is known. */
    void note(int range, long address, int node) {
        byte[] ofRange = nodes[range];
        int block = blockOf(ranges.get(range), address);
        if (ofRange[block] == 0 && node <= NODE_MAX) {
            ofRange[block] = (byte) (node + 1);
        }
    }

    /** The node that a page came from; -1 when it was never moved. */
    int nodeOf(int range, long address) {
        return (nodes[range][blockOf(ranges.get(range), address)] & 0xff) - 1;
    }

    private static int blockOf(RamRange range, long address) {
        return (int) ((address - range.start()) / RamRange.HUGE_PAGE_BYTES);
    }
}
