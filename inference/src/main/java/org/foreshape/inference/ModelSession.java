package org.foreshape.inference;

/**
 * A model ready to run on fixed {@link SessionBuffers}. One thread; close it before its buffers'
 * arena.
 */
public interface ModelSession extends AutoCloseable {
    /**
     * Takes one step for a batch of rows: reads inputs and the state copy {@code side}, writes
     * outputs and the other state copy.
     *
     * @param batchIndex from {@link SessionBuffers#batchIndexFor}
     * @param side state copy to read, 0 or 1; 0 for a model without state
     * @return true when it ran; false when the runtime refused, with the reason in {@link
     *     #lastError}
     */
    boolean run(int batchIndex, int side);

    /**
     * Why the last failed run failed.
     *
     * @return one sentence, or the empty string when no run failed
     */
    String lastError();

    /**
     * How it runs, for one line of the log: binding, execution provider, and why not a better one.
     *
     * @return one sentence
     */
    String description();

    /** Frees the native session. Idempotent. */
    @Override
    void close();
}
