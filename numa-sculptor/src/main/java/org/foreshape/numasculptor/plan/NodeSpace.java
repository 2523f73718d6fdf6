package org.foreshape.numasculptor.plan;

/**
 * What a node can hold of VMs, those counted that are on it already.
 *
 * @param node its number
 * @param memoryBytes memory for VMs: what is free of it plus what VMs hold on it
 * @param millicores CPU for VMs, with the overcommitment that the operator allows
 */
public record NodeSpace(int node, long memoryBytes, long millicores) {
    /** Checks that nothing is negative. */
    public NodeSpace {
        if (node < 0 || memoryBytes < 0 || millicores < 0) {
            throw new IllegalArgumentException(
                    "a node's figures must not be negative: %d, %d, %d"
                            .formatted(node, memoryBytes, millicores));
        }
    }
}
