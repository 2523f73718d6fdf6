package org.foreshape.daemon.replay;

import java.util.Arrays;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.shaping.ShapingSettings;

/**
 * The VMs of a host as they would be had other acts been carried out. What guests need is what they
 * needed; their balloons follow the other targets, as fast as real ones do, and never take what is
 * in use. One thread.
 */
final class ReplayedHost {
    /**
     * How fast balloons give and take: what the engine itself expects of guests it has not seen.
     */
    private static final double GROW_KIB_PER_S =
            (double) ShapingSettings.defaults().growPaceKibPerS();

    private static final double SHRINK_KIB_PER_S =
            (double) ShapingSettings.defaults().shrinkPaceKibPerS();

    private static final double SECOND_NS = 1e9;
    private static final long NONE = -1;

    private final Still still;
    private final long[] needKib;
    private final boolean[] shaped;
    private final int[] generation;
    private final double[] allocationKib;
    private final double[] targetKib;
    private final long[] orderedKib;
    private final long[] orderedTimeNs;
    private long nowNs = NONE;

    /**
     * A host without VMs.
     *
     * @param still whether the balloon in a slot stands still at a time
     */
    ReplayedHost(int vmCountMax, Still still) {
        this.still = still;
        needKib = new long[vmCountMax];
        shaped = new boolean[vmCountMax];
        generation = new int[vmCountMax];
        allocationKib = new double[vmCountMax];
        targetKib = new double[vmCountMax];
        orderedKib = new long[vmCountMax];
        orderedTimeNs = new long[vmCountMax];
        Arrays.fill(generation, -1);
        Arrays.fill(orderedKib, NONE);
    }

    /** Says when balloons do not follow. */
    @FunctionalInterface
    interface Still {
        /** Whether the one in a slot stands still at a time. */
        boolean isStill(int slot, long timeNs);
    }

    /** Whether the engine may act on a VM; one that it may not act on has what was recorded. */
    void shaped(int slot, boolean isShaped) {
        shaped[slot] = isShaped;
    }

    /** Has a VM's target changed at a time that has not passed yet. */
    void order(int slot, long newTargetKib, long timeNs) {
        orderedKib[slot] = newTargetKib;
        orderedTimeNs[slot] = timeNs;
    }

    /** Lets time pass. */
    void advance(long timeNs) {
        if (nowNs != NONE) {
            for (int slot = 0; slot < allocationKib.length; slot++) {
                if (generation[slot] >= 0) {
                    advance(slot, timeNs);
                }
            }
        }
        nowNs = timeNs;
    }

    private void advance(int slot, long timeNs) {
        long fromNs = nowNs;
        if (orderedKib[slot] != NONE && orderedTimeNs[slot] <= timeNs) {
            long orderNs = Math.max(fromNs, orderedTimeNs[slot]);
            if (!still.isStill(slot, orderNs)) {
                move(slot, orderNs - fromNs);
            }
            targetKib[slot] = (double) orderedKib[slot];
            orderedKib[slot] = NONE;
            fromNs = orderNs;
        }
        if (!still.isStill(slot, timeNs)) {
            move(slot, timeNs - fromNs);
        }
    }

    private void move(int slot, long elapsedNs) {
        double seconds = elapsedNs / SECOND_NS;
        double target = targetKib[slot];
        double now = allocationKib[slot];
        if (target > now) {
            allocationKib[slot] = Math.min(target, now + GROW_KIB_PER_S * seconds);
        } else {
            double least = Math.max(target, (double) needKib[slot]);
            allocationKib[slot] = Math.min(now, Math.max(least, now - SHRINK_KIB_PER_S * seconds));
        }
    }

    /**
     * Turns a recorded sample into that of this host.
     *
     * @param sample changed in place
     * @param newNeedKib what each VM with statistics needs by now
     */
    void rewrite(SampleSection sample, long[] newNeedKib) {
        for (int slot = 0; slot < sample.slotCount; slot++) {
            if (!sample.present[slot] || sample.allocationKib[slot] < 0) {
                generation[slot] = -1;
                continue;
            }
            if (generation[slot] != sample.generation[slot] || !shaped[slot]) {
                generation[slot] = sample.generation[slot];
                allocationKib[slot] = (double) sample.allocationKib[slot];
                targetKib[slot] = allocationKib[slot];
                orderedKib[slot] = NONE;
            }
            long now = (long) allocationKib[slot];
            long moreKib = now - sample.allocationKib[slot];
            sample.allocationKib[slot] = now;
            sample.guestTotalKib[slot] = moved(sample.guestTotalKib[slot], moreKib);
            sample.unusedKib[slot] = moved(sample.unusedKib[slot], moreKib);
            if (sample.hasGuestStats(slot)) {
                needKib[slot] = newNeedKib[slot];
                sample.usableKib[slot] = Math.max(0, now - newNeedKib[slot]);
            }
        }
    }

    private static long moved(long kib, long moreKib) {
        return kib == SampleSection.UNKNOWN ? kib : Math.max(0, kib + moreKib);
    }
}
