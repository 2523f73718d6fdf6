package org.foreshape.numasculptor.plan;

import java.util.List;

/**
 * One VM that shall lie elsewhere.
 *
 * @param vm the caller's number for it
 * @param nodes numbers of the nodes that shall hold it, mostly one
 * @param bytesByNode how much each of them shall hold, in the same order
 * @param movedBytes how much has to move
 */
public record VmMove(int vm, List<Integer> nodes, List<Long> bytesByNode, long movedBytes) {
    /** Copies the lists. */
    public VmMove {
        nodes = List.copyOf(nodes);
        bytesByNode = List.copyOf(bytesByNode);
    }
}
