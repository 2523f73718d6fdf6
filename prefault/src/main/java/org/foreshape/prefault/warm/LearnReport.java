package org.foreshape.prefault.warm;

/**
 * What a run taught.
 *
 * @param isLearnt false: nothing was kept, the remark says why
 * @param readBytes of the image that came into the cache while the task ran, in whole steps
 * @param learntBytes what the next run of the type would find loaded
 * @param runCount runs of the type learnt from, this one included
 * @param remark a sentence about anything odd, empty when all is well
 */
public record LearnReport(
        boolean isLearnt, long readBytes, long learntBytes, int runCount, String remark) {
    static LearnReport nothing(String why) {
        return new LearnReport(false, 0, 0, 0, "unavailable: " + why);
    }
}
