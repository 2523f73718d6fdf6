package org.foreshape.daemon.demo;

import java.util.List;
import org.foreshape.hypervisor.embedded.GuestTotals;

/**
 * What came of one arm; times are engine time.
 *
 * @param name the arm
 * @param stallSeconds how long workloads stood still for want of memory, all guests together
 * @param stallCount how often one began to
 * @param grantSecondsMean mean time from need to grant
 * @param grantSecondsMax longest such time
 * @param givenGib memory that guests had, all together, on average
 * @param usedGib memory that they used, likewise
 * @param ceilingGib memory that they would have without anybody dividing it
 * @param savedFraction share of the ceilings that was left for others
 * @param badPages pages whose content was not what the guest had written
 */
record ArmResult(
        String name,
        double stallSeconds,
        long stallCount,
        double grantSecondsMean,
        double grantSecondsMax,
        double givenGib,
        double usedGib,
        double ceilingGib,
        double savedFraction,
        long badPages) {
    private static final double KIB_PER_GIB = 1024.0 * 1024.0;

    static ArmResult of(String name, List<GuestTotals> totals) {
        double stallSeconds = 0;
        double longest = 0;
        double given = 0;
        double used = 0;
        double ceiling = 0;
        long stalls = 0;
        long bad = 0;
        double elapsedSeconds = 0;
        for (GuestTotals guest : totals) {
            stallSeconds += guest.stallSeconds();
            stalls += guest.stallCount();
            longest = Math.max(longest, guest.longestStallNs() / 1e9);
            given += guest.allocationKibSeconds();
            used += guest.usedKibSeconds();
            ceiling += guest.ceilingKibSeconds();
            bad += guest.badPages();
            elapsedSeconds = Math.max(elapsedSeconds, guest.elapsedNs() / 1e9);
        }
        double perGib = Math.max(1e-9, elapsedSeconds) * KIB_PER_GIB;
        return new ArmResult(
                name,
                stallSeconds,
                stalls,
                stalls == 0 ? 0 : stallSeconds / stalls,
                longest,
                given / perGib,
                used / perGib,
                ceiling / perGib,
                ceiling == 0 ? 0 : 1 - given / ceiling,
                bad);
    }
}
