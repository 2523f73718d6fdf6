package org.foreshape.numasculptor.plan;

import java.util.List;

/**
 * Where a VM is now.
 *
 * @param vm the caller's number for it
 * @param bytesByNode its memory, in the order of the nodes given to the planner
 * @param millicoresByNode the CPU it needs, by the node where its vCPUs run now, in that order
 */
public record VmPlacement(int vm, List<Long> bytesByNode, List<Long> millicoresByNode) {
    /** Copies the lists and checks them. */
    public VmPlacement {
        bytesByNode = List.copyOf(bytesByNode);
        millicoresByNode = List.copyOf(millicoresByNode);
        if (bytesByNode.stream().anyMatch(b -> b < 0)
                || millicoresByNode.stream().anyMatch(m -> m < 0)) {
            throw new IllegalArgumentException("VM " + vm + " has negative figures");
        }
    }
}
