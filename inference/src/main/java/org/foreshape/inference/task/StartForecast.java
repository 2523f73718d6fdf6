package org.foreshape.inference.task;

import java.util.Arrays;
import java.util.List;

/**
 * When a task will start and end: the simulated times, sorted. Immutable; any thread.
 *
 * @param id of the task
 * @param startsNs engine times, ascending
 * @param endsNs engine times, ascending; empty when nothing is known of its duration
 * @param remarks what was taken for granted, in words: unknown dependencies, unknown durations
 */
public record StartForecast(
        String id, List<Long> startsNs, List<Long> endsNs, List<String> remarks) {
    /** Copies the lists. */
    public StartForecast {
        startsNs = List.copyOf(startsNs);
        endsNs = List.copyOf(endsNs);
        remarks = List.copyOf(remarks);
    }

    static StartForecast of(String id, long[] starts, long[] ends, List<String> remarks) {
        return new StartForecast(id, sorted(starts), sorted(ends), remarks);
    }

    private static List<Long> sorted(long[] times) {
        return Arrays.stream(times).sorted().boxed().toList();
    }

    /**
     * A quantile of its start.
     *
     * @param p level, 0 to 1
     * @return engine time
     */
    public long startNs(double p) {
        return at(startsNs, p);
    }

    /**
     * A quantile of its end.
     *
     * @param p level, 0 to 1
     * @return engine time
     * @throws IllegalStateException when nothing is known of its duration
     */
    public long endNs(double p) {
        if (endsNs.isEmpty()) {
            throw new IllegalStateException(
                    "The end of task " + id + " is not known: ask for its remarks first.");
        }
        return at(endsNs, p);
    }

    private static long at(List<Long> times, double p) {
        double position = Math.clamp(p, 0, 1) * (times.size() - 1);
        int low = (int) position;
        int high = Math.min(low + 1, times.size() - 1);
        return times.get(low) + (long) ((position - low) * (times.get(high) - times.get(low)));
    }
}
