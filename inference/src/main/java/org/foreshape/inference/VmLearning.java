package org.foreshape.inference;

import org.jspecify.annotations.Nullable;

/**
 * All that is learnt of a model's answers on each VM, as a row of numbers that a journal keeps: by
 * how much they are corrected, and what speaks against them.
 *
 * @param tracker corrects them
 * @param drift watches over them; null: nobody does
 */
record VmLearning(QuantileTracker tracker, @Nullable DriftWatch drift) {
    /** Numbers of a VM. */
    static final int SIZE = QuantileTracker.STATE_SIZE + DriftWatch.STATE_SIZE;

    /** Numbers of a VM in the first layout, which knew of corrections only. */
    static final int FIRST_SIZE = QuantileTracker.STATE_SIZE;

    /** Numbers of a VM that are written: without a watch those of the first layout. */
    int size() {
        return drift == null ? FIRST_SIZE : SIZE;
    }

    void save(int slot, float[] out, int at) {
        tracker.save(slot, out, at);
        if (drift != null) {
            drift.save(slot, out, at + FIRST_SIZE);
        }
    }

    void restore(int slot, float[] state, int at) {
        tracker.restore(slot, state, at);
        if (drift != null) {
            drift.restore(slot, state, at + FIRST_SIZE);
        }
    }
}
