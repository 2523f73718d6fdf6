package org.foreshape.ring;

/**
 * How the ring is built.
 *
 * @param vmCountMax most VMs
 * @param slotCount events in flight; a power of two
 * @param assembly how stages share threads
 */
public record RingSettings(int vmCountMax, int slotCount, Assembly assembly) {
    /** How stages share threads. */
    public enum Assembly {
        /** All stages on one thread: the best on few cores. */
        FUSED,
        /** Four threads: observe and forecast, shape, record, dispatch and learn. */
        STAGED
    }

    /** Cores from which on a thread for each stage can pay. */
    private static final int STAGED_CORE_COUNT_MIN = 5;

    /** Checks the values. */
    public RingSettings {
        if (vmCountMax < 1 || vmCountMax > 16_384) {
            throw new IllegalArgumentException("vmCountMax is " + vmCountMax + ", not 1 to 16384");
        }
        if (Integer.bitCount(slotCount) != 1 || slotCount < 2) {
            throw new IllegalArgumentException(
                    "slotCount is " + slotCount + ", must be a power of two above 1");
        }
    }

    /**
     * Settings for this machine: fused up to 4 cores. On few cores a chain of stages is far slower,
     * since a stage that waits for the one before it spins and starves it.
     */
    public static RingSettings defaults(int vmCountMax) {
        boolean few = Runtime.getRuntime().availableProcessors() < STAGED_CORE_COUNT_MIN;
        return new RingSettings(vmCountMax, 64, few ? Assembly.FUSED : Assembly.STAGED);
    }
}
