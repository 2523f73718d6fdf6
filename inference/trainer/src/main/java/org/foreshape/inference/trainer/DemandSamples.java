package org.foreshape.inference.trainer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.foreshape.inference.DemandFeatures;
import org.foreshape.inference.DemandSchema;
import org.foreshape.inference.FeatureSchema;

/**
 * Turns recorded lives into training rows, one after the other: origins drawn at random over each
 * life, and besides them origins of "newborn" VMs, whose history was cut off and of which a
 * resource may be hidden, so that the network learns to live without. Seeded. One thread.
 */
final class DemandSamples {
    private static final double NEWBORN_SHARE = .15;
    private static final int NEWBORN_STEPS_MIN = 24;
    private static final int NEWBORN_STEPS_SPAN = 420;
    private static final double CLOCKLESS_SHARE = .2;

    private final int gridStepSeconds;
    private final double share;
    private final double clocklessShare;
    private final HoldBack holdBack;
    private final long seed;
    private final SampleFile.Writer out;
    private final int[] horizons;
    private final float[] row = new float[SampleFile.WIDTH];
    private final DemandFeatures whole;
    private final DemandFeatures newborn;
    private int lifeCount;

    private DemandSamples(
            DemandSource source,
            double share,
            long seed,
            HoldBack holdBack,
            SampleFile.Writer out) {
        this.gridStepSeconds = source.gridStepSeconds();
        this.share = share;
        this.clocklessShare = source.isShort() ? 1 : CLOCKLESS_SHARE;
        this.holdBack = holdBack;
        this.seed = seed;
        this.out = out;
        this.horizons = new int[] {300 / gridStepSeconds, 900 / gridStepSeconds};
        this.whole = new DemandFeatures(1, gridStepSeconds);
        this.newborn = new DemandFeatures(1, gridStepSeconds);
    }

    /**
     * Writes the rows of a source.
     *
     * @param source what was recorded
     * @param share of all steps that become origins, at most 1
     * @param seed of the draw
     * @param holdBack what is not trained on
     * @param file the file to write
     * @throws IOException when a file cannot be read or written
     */
    static void write(DemandSource source, double share, long seed, HoldBack holdBack, Path file)
            throws IOException {
        try (SampleFile.Writer out = new SampleFile.Writer(file)) {
            DemandSamples samples = new DemandSamples(source, share, seed, holdBack, out);
            source.forEach(samples::add);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void add(String group, long firstStep, float[][] use) {
        SplittableRandom random = new SplittableRandom(seed + ++lifeCount);
        boolean held = holdBack.groups().test(group);
        whole.reset(0);
        newborn.reset(0);
        int hidden = 0;
        int left = 0;
        for (int t = 0; t < use[0].length; t++) {
            long seconds = (firstStep + t) * gridStepSeconds;
            if (left-- == 0) {
                newborn.reset(0);
                left = NEWBORN_STEPS_MIN + random.nextInt(NEWBORN_STEPS_SPAN);
                hidden = random.nextInt(4); // 0 memory, 1 CPU, else nothing.
            }
            whole.atStep(seconds);
            newborn.atStep(seconds);
            whole.commit(0, use[0][t], use[1][t]);
            newborn.commit(
                    0, hidden == 0 ? Float.NaN : use[0][t], hidden == 1 ? Float.NaN : use[1][t]);
            // Steps that may be looked at from here: those held back are no targets to train on.
            long before = holdBack.fromStep() - firstStep - t;
            boolean late = before <= 0;
            row[SampleFile.HELD] = held || late ? 1f : 0f;
            int ahead = late ? Integer.MAX_VALUE : (int) Math.min(before - 1, Integer.MAX_VALUE);
            if (random.nextDouble() < share) {
                emit(whole, use, t, ahead, random.nextDouble() < clocklessShare);
            }
            if (random.nextDouble() < share * NEWBORN_SHARE) {
                emit(newborn, use, t, ahead, random.nextDouble() < clocklessShare);
            }
        }
    }

    /** Writes the row of an origin, if one of its targets is known. */
    private void emit(DemandFeatures store, float[][] use, int t, int ahead, boolean clockless) {
        store.write(0, row, 0);
        boolean any = false;
        for (int r = 0; r < FeatureSchema.RESOURCE_COUNT; r++) {
            float origin = store.originPercent(0, r);
            row[SampleFile.ORIGIN + r] = origin;
            row[SampleFile.SCALE + r] = store.scalePercent(0, r);
            // What is hidden has no origin, and what was not sampled now is no origin either.
            boolean isOrigin = !Float.isNaN(origin) && !Float.isNaN(use[r][t]);
            for (int h = 0; h < horizons.length; h++) {
                float y =
                        isOrigin && horizons[h] <= ahead
                                ? TrainingSequence.peak(use[r], t, horizons[h])
                                : Float.NaN;
                row[SampleFile.TARGET + r * horizons.length + h] = y;
                any |= !Float.isNaN(y);
            }
        }
        if (!any) {
            return;
        }
        soften(row, 0);
        if (clockless) {
            Arrays.fill(
                    row,
                    DemandSchema.LEVELS_ROW
                            + DemandSchema.SCALED_ROW
                            + FeatureSchema.RESOURCE_COUNT * DemandSchema.PLAIN,
                    DemandSchema.FEATURES,
                    0f);
        }
        try {
            out.write(row);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Does to a raw row what is done to it in service before the first layer. */
    static void soften(float[] row, int at) {
        for (int r = 0; r < FeatureSchema.RESOURCE_COUNT; r++) {
            boolean known = !Float.isNaN(row[at + SampleFile.ORIGIN + r]);
            float origin = known ? row[at + SampleFile.ORIGIN + r] : 0f;
            float scale = row[at + SampleFile.SCALE + r];
            int levels = at + r * DemandSchema.LEVELS;
            for (int k = levels; k < levels + DemandSchema.LEVELS; k++) {
                row[k] = DemandSchema.soft((row[k] - origin) / scale);
            }
            int scaled = at + DemandSchema.LEVELS_ROW + r * DemandSchema.SCALED;
            for (int k = scaled; k < scaled + DemandSchema.SCALED; k++) {
                row[k] = DemandSchema.soft(row[k] / scale);
            }
        }
    }
}
