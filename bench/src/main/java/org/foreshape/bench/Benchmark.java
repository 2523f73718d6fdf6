package org.foreshape.bench;

import java.util.List;
import java.util.Set;

/** One benchmark of the list. */
interface Benchmark {
    /** Its name on the command line. */
    String name();

    /** What it measures, in one sentence. */
    String purpose();

    /** Whether it needs real guests, and so root, QEMU and the guest image. */
    boolean needsGuests();

    /**
     * Runs it.
     *
     * @param quick fewer repeats, for a look
     */
    Result run(boolean quick) throws Exception;

    /**
     * Sets how fast guests' time passes, where it runs guests on a clock of its own.
     *
     * @param newSpeed seconds of guests' time in a second
     */
    default void speed(double newSpeed) {}

    /** The parts that can be run alone; none when it is one piece. */
    default List<String> parts() {
        return List.of();
    }

    /**
     * Runs some of its parts.
     *
     * @param quick fewer repeats, for a look
     * @param parts of {@link #parts}
     */
    default Result run(boolean quick, Set<String> parts) throws Exception {
        return run(quick);
    }
}
