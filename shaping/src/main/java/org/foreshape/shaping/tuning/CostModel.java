package org.foreshape.shaping.tuning;

/**
 * What an epoch under each arm is expected to cost: what all VMs taught, corrected by what VMs of
 * the class did. One thread.
 */
final class CostModel {
    private static final double RIDGE = 1;

    /** A class corrects only what it has seen often. */
    private static final double CLASS_RIDGE = 30;

    private final LeastSquares[] ofAll;
    private final LeastSquares[][] ofClass;
    private final double[] rest = new double[EpochCost.PARTS];

    CostModel(int arms) {
        ofAll = new LeastSquares[arms];
        ofClass = new LeastSquares[Situation.CLASSES][arms];
        for (int arm = 0; arm < arms; arm++) {
            ofAll[arm] = new LeastSquares(Situation.FEATURES, EpochCost.PARTS, RIDGE);
            for (LeastSquares[] each : ofClass) {
                each[arm] = new LeastSquares(Situation.FEATURES, EpochCost.PARTS, CLASS_RIDGE);
            }
        }
    }

    /** Expected part of the cost; never below 0. */
    double predict(Situation situation, double[] features, int arm, int part) {
        return Math.max(
                0,
                ofAll[arm].predict(features, part)
                        + ofClass[situation.vmClass()][arm].predict(features, part));
    }

    void learn(Situation situation, double[] features, int arm, EpochCost cost) {
        for (int part = 0; part < rest.length; part++) {
            rest[part] = cost.part(part) - ofAll[arm].predict(features, part);
        }
        ofClass[situation.vmClass()][arm].learn(features, rest);
        for (int part = 0; part < rest.length; part++) {
            rest[part] = cost.part(part);
        }
        ofAll[arm].learn(features, rest);
    }
}
