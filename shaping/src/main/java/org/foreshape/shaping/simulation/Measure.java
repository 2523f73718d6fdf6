package org.foreshape.shaping.simulation;

/** What a shortfall is counted in, each as a share of what there was. */
public enum Measure {
    /** Minutes in which a VM was short, by the minutes for which VMs were present. */
    VM_TIME,
    /** GiB h that were missing, by the GiB h that were needed. */
    DEMAND;

    /**
     * The shortfall of a policy.
     *
     * @param score what it did
     * @param weight of each VM
     * @return 0 to 1
     */
    public double share(Score score, double[] weight) {
        double part = 0;
        double whole = 0;
        for (int vm = 0; vm < weight.length; vm++) {
            boolean time = this == VM_TIME;
            part += weight[vm] * (time ? score.shortfallMinutes(vm) : score.shortfallGibHours(vm));
            whole += weight[vm] * (time ? score.presentMinutes(vm) : score.demandGibHours(vm));
        }
        return whole == 0 ? 0 : part / whole;
    }

    /**
     * The slack of a policy.
     *
     * @param score what it did
     * @param weight of each VM
     * @return GiB h
     */
    public static double slack(Score score, double[] weight) {
        double slack = 0;
        for (int vm = 0; vm < weight.length; vm++) {
            slack += weight[vm] * score.slackGibHours(vm);
        }
        return slack;
    }
}
