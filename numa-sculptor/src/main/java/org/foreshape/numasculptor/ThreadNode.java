package org.foreshape.numasculptor;

import java.util.List;

/**
 * Where a thread of a VM's process runs.
 *
 * @param tid its number
 * @param name its name
 * @param cpu the CPU it ran on last
 * @param node the node of that CPU; -1 when not known
 * @param cpusAllowed the CPUs it may run on
 * @param vcpu number of the vCPU that it runs; -1 for every other thread
 * @param cpuTicks CPU time it has used, clock ticks (100 a second)
 */
public record ThreadNode(
        int tid,
        String name,
        int cpu,
        int node,
        List<Integer> cpusAllowed,
        int vcpu,
        long cpuTicks) {

    /** Copies the list. */
    public ThreadNode {
        cpusAllowed = List.copyOf(cpusAllowed);
    }
}
