package org.foreshape.hypervisor.embedded;

/**
 * What a guest has been through since its start. Amounts are reported KiB, times engine time.
 *
 * @param name its name
 * @param curve the kind of its demand curve
 * @param elapsedNs how long it has run
 * @param stalledNs how long its workload stood still for want of memory
 * @param stallCount how often it began to stand still
 * @param longestStallNs the longest of these times: from the need to the grant that covers it
 * @param allocationKibSeconds integral of what it had
 * @param usedKibSeconds integral of what it used
 * @param shortfallKibSeconds integral of what it needed and did not have
 * @param ceilingKibSeconds integral of its ceiling
 * @param touchedPages pages of real memory it filled, counted at each filling
 * @param reclaimedPages pages of real memory given back to the host
 * @param checkedPages pages whose content was looked at
 * @param badPages those that did not hold what the guest had written; anything but 0 is a fault
 */
public record GuestTotals(
        String name,
        String curve,
        long elapsedNs,
        long stalledNs,
        long stallCount,
        long longestStallNs,
        double allocationKibSeconds,
        double usedKibSeconds,
        double shortfallKibSeconds,
        double ceilingKibSeconds,
        long touchedPages,
        long reclaimedPages,
        long checkedPages,
        long badPages) {
    private static final double KIB_SECONDS_PER_GIB_HOUR = 1024.0 * 1024.0 * 3600.0;

    /** How long its workload stood still, in seconds of engine time. */
    public double stallSeconds() {
        return stalledNs / 1e9;
    }

    /** Integral of what it had, in GiB times hours. */
    public double allocationGibHours() {
        return allocationKibSeconds / KIB_SECONDS_PER_GIB_HOUR;
    }

    /** Integral of what it used, in GiB times hours. */
    public double usedGibHours() {
        return usedKibSeconds / KIB_SECONDS_PER_GIB_HOUR;
    }

    /** Integral of its ceiling, in GiB times hours. */
    public double ceilingGibHours() {
        return ceilingKibSeconds / KIB_SECONDS_PER_GIB_HOUR;
    }

    /** Integral of what it needed and did not have, in GiB times hours. */
    public double shortfallGibHours() {
        return shortfallKibSeconds / KIB_SECONDS_PER_GIB_HOUR;
    }
}
