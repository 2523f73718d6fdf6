package org.foreshape.hypervisor.embedded;

import java.util.List;

/**
 * What a workload would use at each moment if it could. A pure function of its settings and the
 * time, so that several hypervisors side by side see the same demand. Any thread.
 */
public interface DemandCurve {
    /** Kind of the curve, for people: "steady", "batch". */
    String kind();

    /**
     * Memory of the workload, the guest's own overhead excluded.
     *
     * @param elapsedNs engine time since the curve's origin, not negative
     * @return KiB
     */
    long memoryKib(long elapsedNs);

    /** CPU of the workload, in thousandths of a core. */
    long cpuMillicores(long elapsedNs);

    /**
     * The tasks that make up part of the demand, with a planned start in {@code [fromNs, toNs)}, by
     * planned start. Empty for a curve without tasks.
     */
    default List<CurveTask> tasks(long fromNs, long toNs) {
        return List.of();
    }
}
