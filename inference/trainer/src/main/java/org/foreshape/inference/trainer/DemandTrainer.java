package org.foreshape.inference.trainer;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.foreshape.inference.DemandSchema;
import org.foreshape.inference.FeatureSchema;

/**
 * Trains a feature network on pinball loss: Adam, one learning-rate cycle, gradient norm clipped.
 *
 * <p>The score is a geometric mean over cells of the loss in fractions of capacity, so each output
 * weighs by one over its own loss of late; outputs that are not scored weigh less. A row's loss is
 * in units of its scale, times the root of the scale: with the scale itself, which the score has, a
 * few restless VMs would be all that is learnt.
 *
 * <p>Seeded by seed and epoch, so a training that was broken off goes on with the same numbers. One
 * thread; start the process with {@code OMP_NUM_THREADS=1} and a low priority.
 */
final class DemandTrainer {
    private static final int OUTPUTS = FeatureSchema.OUTPUT_COUNT;
    private static final int LEVELS = FeatureSchema.QUANTILE_COUNT;
    private static final int SERIES = OUTPUTS / LEVELS;
    private static final double GRADIENT_NORM_MAX = 1;
    private static final float MOMENTUM = .9f;
    private static final float VARIANCE = .999f;
    private static final float RISE_MAX = 1000f;
    private static final double UNSCORED_WEIGHT = .25;
    private static final double LOSS_KEEP = .98;
    private static final int WEIGH_EVERY = 20;
    private static final double STILL = 2e-2;
    private static final List<Double> SCORED = List.of(.5, .9, .95, .99);

    private final Engine engine;
    private final SampleFile samples;
    private final int[] trained;
    private final int[] held;
    private final Fitting fitting;
    private final long seed;
    private final float[] mean = new float[DemandSchema.FEATURES];
    private final float[] deviation = new float[DemandSchema.FEATURES];
    private final float[] row = new float[SampleFile.WIDTH];
    private final boolean[] leftOut = new boolean[DemandSchema.FEATURES];
    private final float[] features;
    private final float[] targets;
    private final float[] weights;
    private final float[] levels = new float[LEVELS];
    private final float[] levelsLess = new float[LEVELS];

    /** Where a training stands. Plain fields: it is written as a whole between two epochs. */
    static final class State {
        int epoch;
        int step;
        int epochsWithoutGain;
        double bestLoss = Double.POSITIVE_INFINITY;
        List<float[]> weights = List.of();
        List<float[]> best = List.of();
        List<float[]> momentum = List.of();
        List<float[]> variance = List.of();
        float[] cellLoss = new float[OUTPUTS];
    }

    /** Keeps the state after an epoch, and hears how far the training is. */
    interface Listener {
        void epochEnded(State state, String line) throws IOException;

        void progressed(double done, String what);
    }

    /**
     * A trainer on rows.
     *
     * @param epochs times that each row is seen, at most; 0: as many as suit
     * @param timeless see {@link Fitting}
     */
    DemandTrainer(Engine engine, SampleFile samples, int epochs, boolean timeless, long seed) {
        this.engine = engine;
        this.samples = samples;
        this.seed = seed;
        int heldCount = 0;
        int[] all = new int[samples.rowCount()];
        int[] kept = new int[samples.rowCount()];
        for (int k = 0; k < all.length; k++) {
            if (samples.isHeldBack(k)) {
                kept[heldCount++] = k;
            } else {
                all[k - heldCount] = k;
            }
        }
        this.held = Arrays.copyOf(kept, heldCount);
        this.trained = Arrays.copyOf(all, all.length - heldCount);
        if (trained.length == 0) {
            throw new IllegalArgumentException(
                    "There is no origin to train on: give VMs with more samples.");
        }
        this.fitting = Fitting.of(trained.length, epochs, timeless);
        this.features = new float[fitting.batch() * DemandSchema.FEATURES];
        this.targets = new float[fitting.batch() * SERIES];
        this.weights = new float[fitting.batch() * SERIES];
        double[] quantiles = FeatureSchema.quantiles();
        for (int k = 0; k < LEVELS; k++) {
            levels[k] = (float) quantiles[k];
            levelsLess[k] = levels[k] - 1;
        }
        measureFeatures();
    }

    int epochs() {
        return fitting.epochs();
    }

    int trainedRows() {
        return trained.length;
    }

    int heldRows() {
        return held.length;
    }

    private void measureFeatures() {
        int stride = Math.max(1, trained.length / 100_000);
        double[] sum = new double[mean.length];
        double[] squares = new double[mean.length];
        int count = 0;
        for (int k = 0; k < trained.length; k += stride) {
            samples.read(trained[k], row);
            count++;
            for (int f = 0; f < mean.length; f++) {
                sum[f] += row[f];
                squares[f] += (double) row[f] * row[f];
            }
        }
        for (int f = 0; f < mean.length; f++) {
            double m = sum[f] / count;
            mean[f] = (float) m;
            double spread = Math.sqrt(Math.max(0, squares[f] / count - m * m));
            // Not near 0: a feature that stands still here may move elsewhere.
            deviation[f] = (float) (spread + 1e-2);
            leftOut[f] = fitting.timeless() && (spread < STILL || DemandSchema.tellsTime(f));
        }
    }

    /** The state before the first epoch. */
    State start(int firstWidth, int secondWidth, int recurrentWidth) {
        State state = new State();
        state.weights =
                DemandWeights.random(mean, deviation, firstWidth, secondWidth, recurrentWidth, seed)
                        .layers();
        for (int k = 0; k < DemandSchema.FEATURES * firstWidth; k++) {
            // Fed with 0 while it is trained, such a weight would keep what it began with.
            if (leftOut[k / firstWidth]) {
                state.weights.getFirst()[k] = 0;
            }
        }
        state.best = state.weights;
        state.momentum = state.weights.stream().map(w -> new float[w.length]).toList();
        state.variance = state.weights.stream().map(w -> new float[w.length]).toList();
        return state;
    }

    /** Trains on from a state to the end, or until nothing was gained for some epochs. */
    DemandWeights train(State state, int firstWidth, int secondWidth, Listener listener)
            throws IOException {
        int stepsPerEpoch = Math.max(1, trained.length / fitting.batch());
        int epochs = fitting.epochs();
        while (state.epoch < epochs && state.epochsWithoutGain < fitting.patience()) {
            SplittableRandom random = new SplittableRandom(seed * 1_000_003 + state.epoch);
            int[] order = shuffled(random);
            double loss = 0;
            for (int k = 0; k < stepsPerEpoch; k++) {
                loss +=
                        step(
                                state,
                                firstWidth,
                                secondWidth,
                                order,
                                k,
                                epochs * stepsPerEpoch,
                                random);
                listener.progressed(
                        (state.epoch + (k + 1.) / stepsPerEpoch) / epochs,
                        "epoch " + (state.epoch + 1) + " of " + epochs);
            }
            state.epoch++;
            double heldLoss = held.length == 0 ? loss / stepsPerEpoch : heldLoss(state);
            if (heldLoss < state.bestLoss) {
                state.bestLoss = heldLoss;
                state.best = state.weights.stream().map(float[]::clone).toList();
                state.epochsWithoutGain = 0;
            } else {
                state.epochsWithoutGain++;
            }
            listener.epochEnded(
                    state,
                    String.format(
                            Locale.ROOT,
                            "epoch %d: held-back groups %.4f (best %.4f)",
                            state.epoch,
                            heldLoss,
                            state.bestLoss));
        }
        int[] sizes = {DemandSchema.FEATURES, firstWidth, secondWidth, OUTPUTS};
        return new DemandWeights(mean, deviation, sizes, state.best);
    }

    private int[] shuffled(SplittableRandom random) {
        int[] order = trained.clone();
        for (int k = order.length - 1; k > 0; k--) {
            int other = random.nextInt(k + 1);
            int row = order[k];
            order[k] = order[other];
            order[other] = row;
        }
        return order;
    }

    private double step(
            State state,
            int firstWidth,
            int secondWidth,
            int[] order,
            int k,
            int stepsAll,
            SplittableRandom random) {
        int count = Math.min(fitting.batch(), order.length - k * fitting.batch());
        gather(order, k * fitting.batch(), count);
        hide(count, random);
        int[] sizes = {DemandSchema.FEATURES, firstWidth, secondWidth, OUTPUTS};
        DemandWeights now = new DemandWeights(mean, deviation, sizes, state.weights);
        try (NDManager manager = engine.newBaseManager(Device.cpu());
                GradientCollector collector = engine.newGradientCollector()) {
            DemandNetwork network = new DemandNetwork(now, manager);
            network.requireGradients();
            NDArray cells = cellLosses(manager, network, count);
            NDArray loss = cells.mul(manager.create(cellWeights(state))).sum();
            collector.backward(loss);
            float[] measured = cells.toFloatArray();
            for (int cell = 0; cell < OUTPUTS; cell++) {
                state.cellLoss[cell] =
                        state.step == 0
                                ? measured[cell]
                                : (float)
                                        (LOSS_KEEP * state.cellLoss[cell]
                                                + (1 - LOSS_KEEP) * measured[cell]);
            }
            state.step++;
            List<float[]> gradients = new ArrayList<>();
            for (NDArray parameter : network.parameters()) {
                gradients.add(parameter.getGradient().toFloatArray());
            }
            update(state, gradients, fitting.rate(state.step, stepsAll));
            return loss.getFloat();
        }
    }

    /** Hides some of the gathered inputs: to 0, which is their mean. */
    private void hide(int count, SplittableRandom random) {
        for (int k = 0; fitting.hiddenShare() > 0 && k < count * DemandSchema.FEATURES; k++) {
            if (random.nextDouble() < fitting.hiddenShare()) {
                features[k] = 0f;
            }
        }
    }

    private void gather(int[] rows, int from, int count) {
        int width = DemandSchema.FEATURES;
        for (int k = 0; k < count; k++) {
            samples.read(rows[from + k], row);
            for (int f = 0; f < width; f++) {
                features[k * width + f] = leftOut[f] ? 0f : (row[f] - mean[f]) / deviation[f];
            }
            for (int s = 0; s < SERIES; s++) {
                int resource = s / FeatureSchema.HORIZON_COUNT;
                float y = row[SampleFile.TARGET + s];
                float scale = row[SampleFile.SCALE + resource];
                boolean known = !Float.isNaN(y);
                float rise = (y - row[SampleFile.ORIGIN + resource]) / scale;
                targets[k * SERIES + s] = known ? Math.clamp(rise, -RISE_MAX, RISE_MAX) : 0f;
                weights[k * SERIES + s] = known ? (float) Math.sqrt(scale) : 0f;
            }
        }
    }

    /** Mean loss of each output over the gathered rows. */
    private NDArray cellLosses(NDManager manager, DemandNetwork network, int count) {
        int width = DemandSchema.FEATURES;
        NDArray x = manager.create(Arrays.copyOf(features, count * width), new Shape(count, width));
        NDArray out = network.forward(x).reshape(count, SERIES, LEVELS);
        Shape shape = new Shape(count, SERIES, 1);
        NDArray error = manager.create(Arrays.copyOf(targets, count * SERIES), shape).sub(out);
        return error.mul(manager.create(levels))
                .maximum(error.mul(manager.create(levelsLess)))
                .mul(manager.create(Arrays.copyOf(weights, count * SERIES), shape))
                .mean(new int[] {0})
                .reshape(OUTPUTS);
    }

    /** One over each output's loss of late; all alike until the losses are known. */
    private float[] cellWeights(State state) {
        float[] of = new float[OUTPUTS];
        double[] quantiles = FeatureSchema.quantiles();
        double sum = 0;
        for (int cell = 0; cell < OUTPUTS; cell++) {
            double weight = SCORED.contains(quantiles[cell % LEVELS]) ? 1 : UNSCORED_WEIGHT;
            sum += weight;
            of[cell] =
                    state.step < WEIGH_EVERY
                            ? (float) weight
                            : (float) (weight / Math.max(1e-6, state.cellLoss[cell]));
        }
        for (int cell = 0; cell < OUTPUTS; cell++) {
            of[cell] /= (float) sum;
        }
        return of;
    }

    private void update(State state, List<float[]> gradients, double rate) {
        double squares = 0;
        for (float[] gradient : gradients) {
            for (float g : gradient) {
                squares += (double) g * g;
            }
        }
        float shrink = (float) Math.min(1, GRADIENT_NORM_MAX / Math.sqrt(squares + 1e-12));
        double momentumBias = 1 - Math.pow(MOMENTUM, state.step);
        double varianceBias = 1 - Math.pow(VARIANCE, state.step);
        List<float[]> moved = new ArrayList<>();
        for (int k = 0; k < gradients.size(); k++) {
            float[] gradient = gradients.get(k);
            float[] momentum = state.momentum.get(k);
            float[] variance = state.variance.get(k);
            float[] values = state.weights.get(k).clone();
            double decay = k % 2 == 0 ? fitting.decay() : 0; // Matrices only.
            for (int i = 0; i < values.length; i++) {
                float g = shrink * gradient[i];
                momentum[i] = MOMENTUM * momentum[i] + (1 - MOMENTUM) * g;
                variance[i] = VARIANCE * variance[i] + (1 - VARIANCE) * g * g;
                values[i] -=
                        (float)
                                (rate
                                        * (momentum[i] / momentumBias)
                                        / (Math.sqrt(variance[i] / varianceBias) + 1e-8));
                values[i] -= (float) (rate * decay) * values[i];
            }
            moved.add(values);
        }
        state.weights = moved;
    }

    /** Geometric mean over the scored outputs of the loss on held-back groups. */
    private double heldLoss(State state) {
        int[] sizes = {
            DemandSchema.FEATURES, state.weights.get(1).length, state.weights.get(3).length, OUTPUTS
        };
        double[] sum = new double[OUTPUTS];
        for (int from = 0; from < held.length; from += fitting.batch()) {
            int count = Math.min(fitting.batch(), held.length - from);
            gather(held, from, count);
            try (NDManager manager = engine.newBaseManager(Device.cpu())) {
                DemandNetwork network =
                        new DemandNetwork(
                                new DemandWeights(mean, deviation, sizes, state.weights), manager);
                float[] losses = cellLosses(manager, network, count).toFloatArray();
                for (int cell = 0; cell < OUTPUTS; cell++) {
                    sum[cell] += losses[cell] * (double) count / held.length;
                }
            }
        }
        double[] quantiles = FeatureSchema.quantiles();
        double logs = 0;
        int scored = 0;
        for (int cell = 0; cell < OUTPUTS; cell++) {
            if (SCORED.contains(quantiles[cell % LEVELS])) {
                logs += Math.log(Math.max(1e-9, sum[cell]));
                scored++;
            }
        }
        return Math.exp(logs / scored);
    }
}
