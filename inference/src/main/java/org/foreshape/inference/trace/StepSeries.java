package org.foreshape.inference.trace;

import java.util.UUID;

/**
 * A recorded stretch of one VM's use on a grid, as an engine saw it. Not for sharing: the arrays
 * are the record's own and are not copied.
 *
 * @param vm name of the VM
 * @param identity who it is, over restarts
 * @param firstStep grid step of index 0
 * @param percent by resource, then step: mean use in percent of capacity; NaN when missing
 * @param memoryCapacityKib what 100 percent of its memory is; 0 when unknown
 */
@SuppressWarnings("ArrayRecordComponent") // Many samples; compared nowhere.
public record StepSeries(
        String vm, UUID identity, long firstStep, float[][] percent, long memoryCapacityKib) {

    /**
     * Steps from the first to the last.
     *
     * @return the count
     */
    public int length() {
        return percent[0].length;
    }
}
