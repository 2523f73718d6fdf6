package org.foreshape.inference.task;

import org.foreshape.ring.event.Resource;

/**
 * What a task needs, each in the unit that events use. The ordinal indexes arrays; the first are
 * those of {@link org.foreshape.ring.event.Resource}, in its order.
 */
public enum TaskResource {
    /** Peak memory on top of the VM's own use, KiB. */
    MEMORY(64),
    /** Peak CPU, thousandths of a core. */
    CPU(1),
    /** Storage that its disks allocate, KiB. */
    STORAGE(4),
    /** From its start to its end, nanoseconds. */
    DURATION(1e6);

    /** Number of resources. */
    public static final int COUNT = 4;

    private static final TaskResource[] ALL = values();

    private final double least;

    TaskResource(double least) {
        this.least = least;
    }

    /**
     * The task's share of a VM's resource.
     *
     * @param resource of a VM
     * @return the same of a task
     */
    public static TaskResource of(Resource resource) {
        return ALL[resource.ordinal()];
    }

    /** What smaller figures are read as: laws are laws of logarithms, and 0 has none. */
    double least() {
        return least;
    }
}
