package org.foreshape.bench;

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
}
