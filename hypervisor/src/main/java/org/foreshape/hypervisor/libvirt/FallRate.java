package org.foreshape.hypervisor.libvirt;

/**
 * How fast a guest's usable memory falls: the fastest fall seen lately, halved each second, so that
 * a pause between two fills does not hide them. One thread at a time.
 */
final class FallRate {
    private static final double NS_PER_S = 1e9;

    private long usableKib = -1;
    private long timeNs;
    private double kibPerS;

    /** Takes a fresh figure in. Figures that are not newer than the one before are ignored. */
    void update(long newUsableKib, long newTimeNs) {
        if (usableKib >= 0 && newTimeNs > timeNs) {
            double elapsedS = (newTimeNs - timeNs) / NS_PER_S;
            double fall = Math.max(0, (usableKib - newUsableKib) / elapsedS);
            kibPerS = Math.max(fall, kibPerS * Math.pow(0.5, elapsedS));
        }
        if (usableKib < 0 || newTimeNs > timeNs) {
            usableKib = newUsableKib;
            timeNs = newTimeNs;
        }
    }

    /** KiB per second, 0 or above. */
    double kibPerS() {
        return kibPerS;
    }
}
