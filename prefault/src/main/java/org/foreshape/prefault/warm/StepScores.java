package org.foreshape.prefault.warm;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.foreshape.nativebindings.linux.Residency;

/**
 * Which steps of an image the runs of one task type have read, with weights that halve about every
 * third run. Not for several threads.
 *
 * <p>A step that was cached already when the run started tells nothing: the run may have read it or
 * not. As all that is warmed is cached, a learnt step would never be judged again. So each run
 * leaves a sixteenth of the learnt steps unwarmed, another one each time, and judges those.
 */
final class StepScores {
    static final int HELD_OUT_EVERY = 16;

    /** Bounds memory and file whatever a task reads: 2^18 steps of 1 MiB are 256 GiB. */
    static final int STEP_COUNT_MAX = 1 << 18;

    private static final float DECAY = 0.8f;
    private static final float RATE_WANTED = 0.5f;

    /** Below this a step has not been read for about a dozen runs. */
    private static final float RATE_FORGOTTEN = 0.04f;

    /** Hits and judged runs, decayed. */
    record Score(float hits, float runs) {
        float rate() {
            return hits / runs;
        }

        private Score after(boolean hit) {
            return new Score(hits * DECAY + (hit ? 1 : 0), runs * DECAY + 1);
        }
    }

    private final NavigableMap<Integer, Score> scores;
    private int runCount;

    /** The decayed count of all runs: what a step that is first seen now has missed. */
    private float runs;

    StepScores() {
        this(0, 0, Map.of());
    }

    StepScores(int runCount, float runs, Map<Integer, Score> scores) {
        this.runCount = runCount;
        this.runs = runs;
        this.scores = new TreeMap<>(scores);
    }

    int runCount() {
        return runCount;
    }

    float runs() {
        return runs;
    }

    Map<Integer, Score> scores() {
        return scores;
    }

    /**
     * Takes in a run.
     *
     * @return how many steps it read
     */
    int learn(Residency start, Residency finish) {
        int read = 0;
        int stepCount = Math.min(start.stepCount(), finish.stepCount());
        for (int step = 0; step < stepCount; step++) {
            boolean hit = wasRead(start, finish, step);
            boolean judged = hit || start.cachedPages(step) == 0;
            Score before = scores.get(step);
            if (hit) {
                read++;
                scores.put(step, (before == null ? new Score(0, runs) : before).after(true));
            } else if (judged && before != null) {
                scores.put(step, before.after(false));
            }
        }
        runs = runs * DECAY + 1;
        runCount++;
        scores.values().removeIf(score -> score.rate() < RATE_FORGOTTEN);
        forgetAbove(STEP_COUNT_MAX);
        return read;
    }

    /** Forgets what lies beyond the end of an image that was made shorter. */
    void truncate(int stepCount) {
        scores.tailMap(stepCount, true).clear();
    }

    /** What the next run shall find loaded, by offset, at most so many bytes. */
    List<ByteRange> ranges(long stepBytes, long bytesMax, boolean holdOut) {
        List<Integer> steps = new ArrayList<>();
        scores.forEach((step, score) -> {
            if (score.rate() >= RATE_WANTED && !(holdOut && isHeldOut(step))) {
                steps.add(step);
            }
        });
        long countMax = bytesMax / stepBytes;
        if (steps.size() > countMax) {
            steps.sort(Comparator.comparingDouble((Integer step) -> -rateOf(step)));
            steps.subList((int) countMax, steps.size()).clear();
            steps.sort(null);
        }
        return merged(steps, stepBytes);
    }

    private float rateOf(int step) {
        Score score = scores.get(step);
        return score == null ? 0 : score.rate();
    }

    /** Spread over the image by a multiplicative hash, so that no region is bare at once. */
    private boolean isHeldOut(int step) {
        int hash = (step * 0x9E3779B1) >>> 16;
        return runCount > 1 && hash % HELD_OUT_EVERY == runCount % HELD_OUT_EVERY;
    }

    private void forgetAbove(int countMax) {
        if (scores.size() > countMax) {
            List<Integer> steps = new ArrayList<>(scores.keySet());
            steps.sort(Comparator.comparingDouble(this::rateOf));
            scores.keySet().removeAll(steps.subList(0, steps.size() - countMax));
        }
    }

    /** Pages have come, or have come and gone again in a step that was empty. */
    private static boolean wasRead(Residency start, Residency finish, int step) {
        return finish.cachedPages(step) > start.cachedPages(step)
                || (start.cachedPages(step) == 0
                        && finish.evictedPages(step) > start.evictedPages(step));
    }

    private static List<ByteRange> merged(List<Integer> steps, long stepBytes) {
        List<ByteRange> ranges = new ArrayList<>();
        int at = 0;
        while (at < steps.size()) {
            int first = steps.get(at);
            int next = at + 1;
            while (next < steps.size() && steps.get(next) == first + (next - at)) {
                next++;
            }
            ranges.add(new ByteRange(first * stepBytes, (next - at) * stepBytes));
            at = next;
        }
        return List.copyOf(ranges);
    }
}
