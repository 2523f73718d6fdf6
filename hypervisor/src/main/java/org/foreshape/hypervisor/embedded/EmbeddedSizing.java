package org.foreshape.hypervisor.embedded;

import org.foreshape.hypervisor.HypervisorException;
import org.foreshape.nativebindings.linux.LinuxMemory;

/**
 * How much real memory each guest gets, so that a fleet fits into this machine's memory and its
 * page faults into this machine's time.
 *
 * @param reportedCeilingKib what a guest says it has at most
 * @param realCeilingKib real memory behind that
 * @param scale reported KiB for each real KiB, a power of two; for {@link EmbeddedOptions#scale}
 */
public record EmbeddedSizing(long reportedCeilingKib, long realCeilingKib, int scale) {
    /** Page faults that all guests together may cause in a second of wall time. */
    static final long PAGES_PER_SECOND = 30_000;

    /**
     * Ceilings that a guest fills anew in a second of engine time: 1/2600 was measured on {@link
     * EmbeddedFleet#mixed}.
     */
    static final double TURNOVER_PER_SECOND = 1 / 2000.0;

    /** With less, a guest's balloon and workload would move in steps of a percent and more. */
    static final long REAL_CEILING_KIB_MIN = 1024;

    /**
     * Chooses the smallest scale that keeps both bounds.
     *
     * @param guestCount guests in each hypervisor
     * @param instanceCount hypervisors side by side
     * @param reportedCeilingKib what each guest shall report at most
     * @param speed of the engine's clock
     * @param availableKib available memory of the machine
     * @param memoryShare share of it that all guests together may take, above 0, at most 1
     * @throws HypervisorException when even the smallest guests do not fit
     */
    public static EmbeddedSizing plan(
            int guestCount,
            int instanceCount,
            long reportedCeilingKib,
            double speed,
            long availableKib,
            double memoryShare) {
        if (guestCount < 1 || instanceCount < 1 || reportedCeilingKib < REAL_CEILING_KIB_MIN) {
            throw new IllegalArgumentException(
                    "%d guests, %d hypervisors and %d KiB must be at least 1, 1 and %d"
                            .formatted(
                                    guestCount,
                                    instanceCount,
                                    reportedCeilingKib,
                                    REAL_CEILING_KIB_MIN));
        }
        if (!(speed > 0) || !(memoryShare > 0) || memoryShare > 1) {
            throw new IllegalArgumentException(
                    "speed %s must be above 0, memoryShare %s above 0 and at most 1"
                            .formatted(speed, memoryShare));
        }
        long all = (long) guestCount * instanceCount;
        double byMemoryKib = availableKib * memoryShare / all;
        double byFaultsKib =
                PAGES_PER_SECOND
                        * (LinuxMemory.pageSizeBytes() / 1024.0)
                        / (all * speed * TURNOVER_PER_SECOND);
        if (byMemoryKib < REAL_CEILING_KIB_MIN) {
            throw new HypervisorException(
                    "%d embedded guests need at least %d KiB each, but %.0f %% of the %d KiB available are less; run fewer guests"
                            .formatted(all, REAL_CEILING_KIB_MIN, memoryShare * 100, availableKib));
        }
        // Too many faults only make steps late, so the least size wins over that bound.
        double realKib = Math.min(byMemoryKib, Math.max(byFaultsKib, REAL_CEILING_KIB_MIN));
        int scale = 1;
        while ((double) reportedCeilingKib / scale > realKib) {
            scale *= 2;
        }
        return new EmbeddedSizing(reportedCeilingKib, reportedCeilingKib / scale, scale);
    }
}
