package org.foreshape.daemon.hands;

/**
 * How fast acts on a VM's pages go.
 *
 * @param mibPerSecond at most; 0: no limit
 * @param cpuShare CPUs that making memory resident takes at most: .5 is half of one
 */
public record PagePace(int mibPerSecond, double cpuShare) {
    /** What a guest beside it hardly notices. */
    public static final PagePace GENTLE = new PagePace(1024, .5);

    long bytesPerSecond() {
        return (long) mibPerSecond << 20;
    }
}
