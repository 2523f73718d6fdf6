package org.foreshape.hypervisor.embedded;

/**
 * One task of a curve. Times are engine time since the curve's origin.
 *
 * @param id unique within the curve
 * @param type by which its demand can be learnt
 * @param announced whether its scheduler tells of it; the others come unforeseen
 * @param plannedStartNs when it shall start
 * @param startNs when it does start
 * @param expectedDurationNs what its scheduler expects
 * @param durationNs how long it does run
 * @param expectedMemoryKib what its scheduler expects it to use on top of what runs already
 * @param memoryKib what it does use
 */
public record CurveTask(
        String id,
        String type,
        boolean announced,
        long plannedStartNs,
        long startNs,
        long expectedDurationNs,
        long durationNs,
        long expectedMemoryKib,
        long memoryKib) {
    /** When it ends. */
    public long endNs() {
        return startNs + durationNs;
    }
}
