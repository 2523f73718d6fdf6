package org.foreshape.inference.trainer;

import java.io.IOException;
import java.util.Map;

/** Recorded use that a feature network is trained on: traces or journals. One thread. */
interface DemandSource extends AutoCloseable {
    /** Takes the recorded lives, one after the other. */
    interface Sink {
        /**
         * The next life.
         *
         * @param group what its VM's whole group shares
         * @param firstStep grid step of index 0
         * @param percent by resource, then step: use in percent of capacity, NaN when missing
         */
        void add(String group, long firstStep, float[][] percent);
    }

    /** Seconds of a step. */
    int gridStepSeconds();

    /** Steps of all lives, or a little more. */
    long stepCount() throws IOException;

    /** SHA-256 of what is trained on, by name. */
    Map<String, String> dataSha256();

    /** Hands the lives on; the same ones in the same order each time. */
    void forEach(Sink sink) throws IOException;

    /** What is not trained on, to stop by. */
    HoldBack holdBack(long seed);

    /** Whether the recording is too short to show what a day is. */
    boolean isShort();

    @Override
    default void close() throws IOException {
        // Most hold nothing.
    }
}
