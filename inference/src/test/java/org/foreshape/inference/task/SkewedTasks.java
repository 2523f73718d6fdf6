package org.foreshape.inference.task;

import java.util.Arrays;
import java.util.Random;

/**
 * A seeded stream of tasks with skewed demand, of which the true quantiles are known: each of 12
 * types, three in each of 3 families and three alone, has a lognormal, a gamma or a mixed demand
 * around a power of complexity, an effect of priority, and for a third of the types a request that
 * tells something.
 */
final class SkewedTasks {
    static final int TYPES = 12;
    private static final int NOISE_DRAWS = 100_000;
    private static final String[] NAMES = {
        "build-debug", "build-release", "build-docs", "sort:small", "sort:large", "sort:external",
        "train/cnn", "train/tree", "train/eval", "backup", "report", "index"
    };

    private final Random random;
    private final int[] shape = new int[TYPES];
    private final double[] width = new double[TYPES];
    private final double[] level = new double[TYPES];
    private final double[] complexityPower = new double[TYPES];
    private final double[] priorityEffect = new double[TYPES];
    private final double[] requestPower = new double[TYPES];
    private final double[][] noise = new double[TYPES][NOISE_DRAWS];
    private double centre;

    SkewedTasks(long seed) {
        random = new Random(seed);
        double familyLevel = 0;
        for (int t = 0; t < TYPES; t++) {
            if (t % 3 == 0 || t > 9) {
                familyLevel = Math.log(200 * 1024) + 2 * random.nextGaussian();
            }
            shape[t] = random.nextInt(3);
            width[t] = random.nextDouble();
            level[t] = familyLevel + .7 * random.nextGaussian();
            complexityPower[t] = random.nextInt(3) / 2.0;
            priorityEffect[t] = random.nextInt(2) * (random.nextDouble() - .5);
            requestPower[t] = random.nextInt(3) == 0 ? 1 : 0;
            for (int k = 0; k < NOISE_DRAWS; k++) {
                noise[t][k] = drawNoise(t);
            }
            Arrays.sort(noise[t]);
        }
    }

    /** Fills in the next task of a type, or of any when it is -1; its memory is told as actual. */
    int next(TaskTraits task, int wanted) {
        int t = wanted < 0 ? random.nextInt(TYPES) : wanted;
        task.clear();
        task.type.set(NAMES[t]);
        task.complexity = Math.exp(.6 * random.nextGaussian());
        task.priority = random.nextInt(10);
        double request = level[t] + 1 + .5 * random.nextGaussian();
        if (random.nextInt(4) > 0 || requestPower[t] > 0) {
            task.requested[0] = Math.exp(request);
        }
        centre =
                level[t]
                        + complexityPower[t] * Math.log(task.complexity)
                        + priorityEffect[t] * task.priority / 9
                        + requestPower[t] * (request - level[t] - 1);
        task.actual[0] = Math.exp(centre) * drawNoise(t);
        return t;
    }

    /** The true quantile of the task that was last given. */
    double quantile(int type, double q) {
        return Math.exp(centre) * noise[type][(int) (q * NOISE_DRAWS)];
    }

    private double drawNoise(int t) {
        return switch (shape[t]) {
            case 0 -> Math.exp((.25 + .65 * width[t]) * random.nextGaussian());
            case 1 -> gamma(1 + (int) (5 * width[t]));
            default ->
                    Math.exp(.2 * random.nextGaussian())
                            * (random.nextInt(5) == 0 ? 2.5 + 2.5 * width[t] : 1);
        };
    }

    /** A sum of exponential times. */
    private double gamma(int k) {
        double product = 1;
        for (int i = 0; i < k; i++) {
            product *= 1 - random.nextDouble();
        }
        return -Math.log(product) / k;
    }
}
