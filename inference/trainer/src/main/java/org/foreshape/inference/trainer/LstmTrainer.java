package org.foreshape.inference.trainer;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.optimizer.Adam;
import ai.djl.training.tracker.Tracker;
import java.util.Locale;
import java.util.function.Consumer;
import org.foreshape.inference.FeatureSchema;

/**
 * Trains the stateful LSTM on pinball loss: Adam, one learning-rate cycle, gradient norm clipped,
 * back-propagation cut at the chunk. Seeded. One thread; start the process with {@code
 * OMP_NUM_THREADS=1} and a low priority.
 */
final class LstmTrainer {
    static final int LANES = 64;
    static final int CHUNK_STEPS = 120;

    private static final float RATE_MAX = 4e-3f;
    private static final double GRADIENT_NORM_MAX = 1;
    private static final int REPORT_EVERY = 100;

    private final Engine engine;
    private final Consumer<String> progress;

    LstmTrainer(Engine engine, Consumer<String> progress) {
        this.engine = engine;
        this.progress = progress;
    }

    /** The PyTorch engine on the CPU, seeded. */
    static Engine engine(long seed) {
        Engine engine = Engine.getEngine("PyTorch");
        engine.setRandomSeed((int) seed);
        return engine;
    }

    /**
     * Trains from random weights.
     *
     * @param pool what to train on
     * @param hiddenSize width of the state
     * @param steps optimiser steps
     * @param seed of the first weights
     * @return the trained weights
     */
    LstmWeights train(LanePool pool, int hiddenSize, int steps, long seed) {
        LstmWeights start =
                LstmWeights.random(
                        FeatureSchema.FEATURE_COUNT, hiddenSize, FeatureSchema.OUTPUT_COUNT, seed);
        try (NDManager manager = engine.newBaseManager(Device.cpu())) {
            LstmNetwork network = new LstmNetwork(start, manager);
            network.requireGradients();
            Adam adam =
                    Adam.builder()
                            .optLearningRateTracker((Tracker) count -> rate(count, steps))
                            .build();
            NDArray quantiles = quantiles(manager);
            NDArray quantilesLess = quantiles.sub(1f);
            float[] h = new float[LANES * hiddenSize];
            float[] c = new float[LANES * hiddenSize];
            long startedNs = System.nanoTime();
            double lossSum = 0;
            for (int step = 1; step <= steps; step++) {
                pool.next();
                pool.clearJumped(h);
                pool.clearJumped(c);
                try (NDManager batch = manager.newSubManager();
                        GradientCollector collector = engine.newGradientCollector()) {
                    Shape state = new Shape(1, LANES, hiddenSize);
                    NDArray x =
                            batch.create(
                                    pool.inputs,
                                    new Shape(LANES, CHUNK_STEPS, FeatureSchema.FEATURE_COUNT));
                    NDList out =
                            network.forward(
                                    x, new NDList(batch.create(h, state), batch.create(c, state)));
                    NDArray loss = loss(batch, pool, out.get(0), quantiles, quantilesLess);
                    collector.backward(loss);
                    lossSum += loss.getFloat();
                    h = out.get(1).toFloatArray();
                    c = out.get(2).toFloatArray();
                    update(network, adam);
                }
                if (step % REPORT_EVERY == 0 || step == steps) {
                    int since = step % REPORT_EVERY == 0 ? REPORT_EVERY : step % REPORT_EVERY;
                    progress.accept(
                            String.format(
                                    Locale.ROOT,
                                    "step %d of %d, loss %.4f, %.0f s",
                                    step,
                                    steps,
                                    lossSum / since,
                                    (System.nanoTime() - startedNs) / 1e9));
                    lossSum = 0;
                }
            }
            return network.weights();
        }
    }

    private static NDArray quantiles(NDManager manager) {
        double[] levels = FeatureSchema.quantiles();
        float[] values = new float[levels.length];
        for (int k = 0; k < levels.length; k++) {
            values[k] = (float) levels[k];
        }
        return manager.create(values);
    }

    private static NDArray loss(
            NDManager batch, LanePool pool, NDArray outputs, NDArray quantiles, NDArray less) {
        Shape shape = new Shape(LANES, CHUNK_STEPS, TrainingSequence.TARGETS, 1);
        NDArray target = batch.create(pool.targets, shape);
        NDArray weight = batch.create(pool.weights, shape);
        NDArray forecast =
                outputs.reshape(
                        LANES, CHUNK_STEPS, TrainingSequence.TARGETS, FeatureSchema.QUANTILE_COUNT);
        NDArray error = target.sub(forecast);
        NDArray pinball = error.mul(quantiles).maximum(error.mul(less)).mul(weight);
        double scored = 0;
        for (float w : pool.weights) {
            scored += w;
        }
        return pinball.sum().mul((float) (1 / Math.max(1, scored * FeatureSchema.QUANTILE_COUNT)));
    }

    private static void update(LstmNetwork network, Adam adam) {
        double squares = 0;
        for (NDArray parameter : network.parameters()) {
            try (NDArray gradient = parameter.getGradient();
                    NDArray square = gradient.square();
                    NDArray sum = square.sum()) {
                squares += sum.getFloat();
            }
        }
        float shrink = (float) Math.min(1, GRADIENT_NORM_MAX / Math.sqrt(squares + 1e-12));
        int index = 0;
        for (NDArray parameter : network.parameters()) {
            try (NDArray gradient = parameter.getGradient()) {
                gradient.muli(shrink);
                adam.update("p" + index++, parameter, gradient);
                gradient.muli(0f);
            }
        }
    }

    /** One cycle: up to the maximum over 30 % of the steps, then down to nearly nothing, cosine. */
    static float rate(int step, int steps) {
        double peakStep = .3 * steps;
        double low = RATE_MAX / 25;
        if (step <= peakStep) {
            return (float)
                    (low + (RATE_MAX - low) * .5 * (1 - Math.cos(Math.PI * step / peakStep)));
        }
        double part = Math.min(1, (step - peakStep) / (steps - peakStep));
        return (float) (RATE_MAX * 1e-4 + RATE_MAX * .5 * (1 + Math.cos(Math.PI * part)));
    }
}
