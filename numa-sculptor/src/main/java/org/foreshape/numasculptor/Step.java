package org.foreshape.numasculptor;

/** The steps of sculpting one VM, in the order in which they are taken. */
public enum Step {
    /** Ties its threads to the CPUs of a node. Undone by the pins that were before. */
    PIN,
    /** Moves its memory to a node, page by page. Undone by moving it back. */
    MOVE,
    /**
     * Binds memory that it is given from now on to the node, once all of it lies there: before, the
     * kernel may move all at once and unpaced. Undone by the nodes that were before.
     */
    BIND,
    /** Gathers its small pages into huge ones. No undo: the kernel splits them where it must. */
    COLLAPSE,
    /** Compacts free memory of nodes. No undo: nothing is taken from anybody. */
    COMPACT,
    /** Makes its memory the first to go under pressure. Undone by the VM's own next touch. */
    COLD,
    /** Swaps its memory out now; only where there is swap. Undone by the VM's own next touch. */
    PAGEOUT
}
