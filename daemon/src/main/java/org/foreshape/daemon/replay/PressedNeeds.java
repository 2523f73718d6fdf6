package org.foreshape.daemon.replay;

import java.util.HashMap;
import java.util.Map;
import org.foreshape.daemon.replay.Stretches.Stretch;
import org.foreshape.ring.event.SampleSection;

/**
 * What guests needed while they had used up all that they had. Their samples do not tell, but what
 * they use once they have room again does: that much is taken as needed all the while. Filled by a
 * first pass over the journal, asked by a second. One thread.
 */
final class PressedNeeds {
    /** A Linux guest is out of memory before MemAvailable is 0. */
    private static final long PRESSED_KIB = 4096;

    private final Stretches stretches = new Stretches();
    private final Map<Integer, Stretch> open = new HashMap<>();
    private long runId = -1;

    /** First pass: sees the next sample of a run. */
    void see(long sampleRunId, SampleSection sample, long timeNs) {
        if (sampleRunId != runId) {
            runId = sampleRunId;
            open.clear();
        }
        for (int slot = 0; slot < sample.slotCount; slot++) {
            if (sample.hasGuestStats(slot)) {
                see(sample, slot, timeNs);
            }
        }
    }

    private void see(SampleSection sample, int slot, long timeNs) {
        Stretch stretch = open.get(slot);
        if (stretch != null && stretch.generation != sample.generation[slot]) {
            open.remove(slot);
            stretch = null;
        }
        if (sample.usableKib[slot] <= PRESSED_KIB) {
            if (stretch == null) {
                stretch = stretches.begin(runId, slot, sample.generation[slot], timeNs);
                open.put(slot, stretch);
            }
            stretch.endNs = timeNs;
        } else {
            open.remove(slot);
        }
        if (stretch != null) {
            stretch.kib = Math.max(stretch.kib, sample.usedKib(slot));
        }
    }

    /**
     * Second pass: what a VM with statistics needs.
     *
     * @return KiB; what it uses, unless it was pressed
     */
    long needKib(long sampleRunId, SampleSection sample, int slot, long timeNs) {
        Stretch stretch = stretches.at(sampleRunId, slot, timeNs);
        long usedKib = sample.usedKib(slot);
        return stretch == null ? usedKib : Math.max(usedKib, stretch.kib);
    }
}
