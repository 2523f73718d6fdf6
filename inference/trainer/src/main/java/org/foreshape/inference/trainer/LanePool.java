package org.foreshape.inference.trainer;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.foreshape.inference.FeatureSchema;

/**
 * Feeds the trainer: a fixed number of lanes, each walking along a sequence chunk by chunk, so that
 * the network's state goes on from chunk to chunk. A lane that ends jumps to a random place.
 * Seeded: same sequences and seed, same batches. One thread.
 */
final class LanePool {
    /** Steps after a jump that are not scored: the state has to settle. */
    static final int SETTLE_STEPS = 12;

    private static final int CHUNKS_MAX = 8;
    private static final double COLD_SHARE = .15;

    private final List<TrainingSequence> warm;
    private final List<TrainingSequence> cold;
    private final long[] warmStarts;
    private final int lanes;
    private final int steps;
    private final SplittableRandom random;
    private final TrainingSequence[] sequence;
    private final int[] position;
    private final int[] chunksLeft;
    private final boolean[] jumped;
    final float[] inputs;
    final float[] targets;
    final float[] weights;

    LanePool(
            List<TrainingSequence> warm,
            List<TrainingSequence> cold,
            int lanes,
            int steps,
            long seed) {
        this.warm = warm.stream().filter(s -> s.length() >= steps).toList();
        this.cold = cold.stream().filter(s -> s.length() >= steps).toList();
        if (this.warm.isEmpty()) {
            throw new IllegalArgumentException(
                    "No VM of the trace lives " + steps + " steps: give a longer trace.");
        }
        this.lanes = lanes;
        this.steps = steps;
        this.random = new SplittableRandom(seed);
        this.warmStarts = new long[this.warm.size()];
        long total = 0;
        for (int k = 0; k < warmStarts.length; k++) {
            total += this.warm.get(k).length() - steps + 1;
            warmStarts[k] = total;
        }
        this.sequence = new TrainingSequence[lanes];
        this.position = new int[lanes];
        this.chunksLeft = new int[lanes];
        this.jumped = new boolean[lanes];
        this.inputs = new float[lanes * steps * FeatureSchema.FEATURE_COUNT];
        this.targets = new float[lanes * steps * TrainingSequence.TARGETS];
        this.weights = new float[lanes * steps * TrainingSequence.TARGETS];
    }

    /** Fills inputs, targets and weights with the next chunk of every lane. */
    void next() {
        int inputWidth = steps * FeatureSchema.FEATURE_COUNT;
        int targetWidth = steps * TrainingSequence.TARGETS;
        for (int lane = 0; lane < lanes; lane++) {
            TrainingSequence current = sequence[lane];
            jumped[lane] = chunksLeft[lane] == 0 || position[lane] + steps > current.length();
            if (jumped[lane]) {
                current = jump(lane);
            }
            int from = position[lane];
            System.arraycopy(
                    current.inputs(),
                    from * FeatureSchema.FEATURE_COUNT,
                    inputs,
                    lane * inputWidth,
                    inputWidth);
            int unscored = jumped[lane] ? SETTLE_STEPS * TrainingSequence.TARGETS : 0;
            for (int k = 0; k < targetWidth; k++) {
                float target = current.targets()[from * TrainingSequence.TARGETS + k];
                boolean scored = k >= unscored && !Float.isNaN(target);
                targets[lane * targetWidth + k] = scored ? target : 0f;
                weights[lane * targetWidth + k] = scored ? 1f : 0f;
            }
            position[lane] = from + steps;
            chunksLeft[lane]--;
        }
    }

    /** Zeroes the state rows of the lanes that jumped in the last {@link #next}. */
    void clearJumped(float[] state) {
        int width = state.length / lanes;
        for (int lane = 0; lane < lanes; lane++) {
            if (jumped[lane]) {
                Arrays.fill(state, lane * width, (lane + 1) * width, 0f);
            }
        }
    }

    private TrainingSequence jump(int lane) {
        TrainingSequence chosen;
        if (!cold.isEmpty() && random.nextDouble() < COLD_SHARE) {
            chosen = cold.get(random.nextInt(cold.size()));
            position[lane] = 0;
        } else {
            long start = random.nextLong(warmStarts[warmStarts.length - 1]);
            int found = Arrays.binarySearch(warmStarts, start + 1);
            int index = found >= 0 ? found : -found - 1;
            chosen = warm.get(index);
            position[lane] = (int) (start - (index == 0 ? 0 : warmStarts[index - 1]));
        }
        sequence[lane] = chosen;
        chunksLeft[lane] = 1 + random.nextInt(CHUNKS_MAX);
        return chosen;
    }
}
