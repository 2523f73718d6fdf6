package org.foreshape.inference.task;

/** What a task needs, each in the unit that events use. The ordinal indexes arrays. */
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

    private final double least;

    TaskResource(double least) {
        this.least = least;
    }

    /** What smaller figures are read as: laws are laws of logarithms, and 0 has none. */
    double least() {
        return least;
    }
}
