package org.foreshape.daemon.tune;

import org.foreshape.ring.event.SampleSection;
import org.foreshape.shaping.ShapingSettings;
import org.foreshape.shaping.tuning.EpochCost;

/**
 * Counts what the epoch of one VM costs, sample by sample. A guest's true need is hidden once it
 * has used up what it has, so short is what the shaper calls starved: less usable memory than the
 * low-water mark. One thread.
 */
public final class EpochMeter {
    private static final double KIB_PER_GIB = 1 << 20;
    private static final double NS_PER_HOUR = 3.6e12;
    private static final double NS_PER_MINUTE = 6e10;

    /** Guests round what they are given. */
    private static final long ACT_KIB = 2048;

    private final ShapingSettings settings;
    private double slackKibNs;
    private double shortNs;
    private double countedNs;
    private int acts;
    private long lastKib = SampleSection.UNKNOWN;

    /** One that has counted nothing yet, and calls starved what these settings do. */
    public EpochMeter(ShapingSettings settings) {
        this.settings = settings;
    }

    /** Counts the time up to a sample of the VM; a sample without young statistics counts not. */
    public void count(SampleSection sample, int slot, long elapsedNs, long nowNs) {
        long allocation = sample.allocationKib[slot];
        long usable = sample.usableKib[slot];
        boolean known =
                allocation > 0
                        && usable != SampleSection.UNKNOWN
                        && nowNs - sample.statsTimeNs[slot] <= settings.staleNs();
        if (!known) {
            return;
        }
        long lowWater =
                Math.max(
                        settings.lowWaterFloorKib(),
                        allocation * settings.lowWaterPermille() / 1000);
        countedNs += elapsedNs;
        slackKibNs += (double) Math.max(0, usable) * elapsedNs;
        shortNs += usable < lowWater ? elapsedNs : 0;
        acts +=
                lastKib != SampleSection.UNKNOWN && Math.abs(allocation - lastKib) > ACT_KIB
                        ? 1
                        : 0;
        lastKib = allocation;
    }

    /** How much of the epoch was counted. */
    public double countedNs() {
        return countedNs;
    }

    /** What the counted time cost. */
    public EpochCost cost() {
        return new EpochCost(slackKibNs / KIB_PER_GIB / NS_PER_HOUR, shortNs / NS_PER_MINUTE, acts);
    }

    /** Begins the next epoch. */
    public void clear() {
        slackKibNs = 0;
        shortNs = 0;
        countedNs = 0;
        acts = 0;
    }
}
