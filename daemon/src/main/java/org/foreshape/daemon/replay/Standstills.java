package org.foreshape.daemon.replay;

import java.util.HashMap;
import java.util.Map;
import org.foreshape.daemon.replay.Stretches.Stretch;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.SampleSection;
import org.jspecify.annotations.Nullable;

/**
 * When balloons stood still though they had been told to move: guests that hung, slept or did not
 * obey. They would not have followed another target either. Filled by a first pass over the
 * journal, asked by a second. One thread.
 */
final class Standstills {
    /** Guests round what they are given. */
    private static final long WAY_KIB = 4096;

    /** A balloon that moves covers more in any time between two samples. */
    private static final long MOVED_KIB = 256;

    /** A balloon does not take what is in use, nor the last of what is not. */
    private static final long SPARE_KIB = 32 * 1024;

    private static final long NONE = -1;

    private final Stretches stretches = new Stretches();
    private final Map<Integer, Balloon> balloons = new HashMap<>();
    private long runId = -1;

    /** What a VM was last told, and what it had at the sample before. */
    private static final class Balloon {
        final int generation;
        long targetKib = NONE;
        long allocationKib = NONE;
        long timeNs;
        @Nullable Stretch stretch;

        Balloon(int generation) {
            this.generation = generation;
        }
    }

    /** First pass: a balloon was told to move. */
    void told(long outcomeRunId, OutcomeSection outcome) {
        balloon(outcomeRunId, outcome.vmSlot, outcome.vmGeneration).targetKib = outcome.requested;
    }

    /** First pass: the next sample of a run. */
    void see(long sampleRunId, SampleSection sample, long timeNs) {
        for (int slot = 0; slot < sample.slotCount; slot++) {
            if (sample.hasGuestStats(slot)) {
                see(sample, slot, balloon(sampleRunId, slot, sample.generation[slot]), timeNs);
            }
        }
    }

    private Balloon balloon(long otherRunId, int slot, int generation) {
        if (otherRunId != runId) {
            runId = otherRunId;
            balloons.clear();
        }
        Balloon known = balloons.get(slot);
        if (known == null || known.generation != generation) {
            known = new Balloon(generation);
            balloons.put(slot, known);
        }
        return known;
    }

    private void see(SampleSection sample, int slot, Balloon own, long timeNs) {
        long nowKib = sample.allocationKib[slot];
        long wayKib = own.targetKib == NONE ? 0 : own.targetKib - nowKib;
        boolean could =
                wayKib > WAY_KIB || (wayKib < -WAY_KIB && sample.usableKib[slot] > SPARE_KIB);
        boolean stood =
                own.allocationKib != NONE && Math.abs(nowKib - own.allocationKib) < MOVED_KIB;
        if (could && stood) {
            Stretch stretch = own.stretch;
            if (stretch == null) {
                // From the sample before it was told: another policy may have told it sooner.
                stretch = stretches.begin(runId, slot, own.generation, own.timeNs);
                own.stretch = stretch;
            }
            stretch.endNs = timeNs;
        } else {
            own.stretch = null;
        }
        own.allocationKib = nowKib;
        own.timeNs = timeNs;
    }

    /** Second pass: whether the balloon in a slot would not have moved at a time. */
    boolean isStill(long sampleRunId, int slot, long timeNs) {
        return stretches.at(sampleRunId, slot, timeNs) != null;
    }
}
