package org.foreshape.daemon.engine;

import java.util.concurrent.atomic.AtomicLongArray;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.stage.Learner;

/**
 * Scores forecasts by what then happened: how many of a VM's .95 quantiles of memory were not
 * exceeded until their horizon had passed. One forecast per VM and horizon is open at a time, so
 * that scores do not overlap.
 *
 * <p>Written by the engine's thread without garbage; any thread reads.
 */
final class Coverage implements Learner {
    private static final Horizon[] HORIZONS = Horizon.values();

    private final int[] generation;
    private final long[] dueTimeNs;
    private final float[] forecastKib;
    private final long[] peakKib;
    private final AtomicLongArray scored;
    private final AtomicLongArray held;

    Coverage(int vmCountMax) {
        generation = new int[vmCountMax];
        int count = vmCountMax * Horizon.COUNT;
        dueTimeNs = new long[count];
        forecastKib = new float[count];
        peakKib = new long[count];
        scored = new AtomicLongArray(count);
        held = new AtomicLongArray(count);
    }

    @Override
    public void learn(Tick tick) {
        if (tick.kind != EventKind.SAMPLE) {
            return;
        }
        SampleSection sample = tick.sample;
        for (int slot = 0; slot < sample.slotCount; slot++) {
            if (!sample.hasGuestStats(slot)) {
                continue;
            }
            if (generation[slot] != sample.generation[slot]) {
                forget(slot, sample.generation[slot]);
            }
            long usedKib = sample.usedKib(slot);
            for (Horizon horizon : HORIZONS) {
                score(slot, horizon, usedKib, tick);
            }
        }
    }

    private void score(int slot, Horizon horizon, long usedKib, Tick tick) {
        int at = index(slot, horizon);
        if (dueTimeNs[at] != 0) {
            peakKib[at] = Math.max(peakKib[at], usedKib);
            if (tick.timeNs < dueTimeNs[at]) {
                return;
            }
            scored.lazySet(at, scored.get(at) + 1);
            held.lazySet(at, held.get(at) + (peakKib[at] <= forecastKib[at] ? 1 : 0));
            dueTimeNs[at] = 0;
        }
        ForecastSection forecast = tick.forecast;
        if (slot < forecast.slotCount && forecast.source[slot] != ForecastSource.NONE) {
            dueTimeNs[at] = tick.timeNs + horizon.durationNs();
            forecastKib[at] = forecast.quantile(slot, Resource.MEMORY, horizon, Quantiles.P95);
            peakKib[at] = usedKib;
        }
    }

    private void forget(int slot, int newGeneration) {
        generation[slot] = newGeneration;
        for (Horizon horizon : HORIZONS) {
            int at = index(slot, horizon);
            dueTimeNs[at] = 0;
            scored.lazySet(at, 0);
            held.lazySet(at, 0);
        }
    }

    /** Forecasts of a VM whose horizon has passed. */
    long scoredCount(int slot, Horizon horizon) {
        return scored.get(index(slot, horizon));
    }

    /** Those of them that were not exceeded. */
    long heldCount(int slot, Horizon horizon) {
        return held.get(index(slot, horizon));
    }

    private static int index(int slot, Horizon horizon) {
        return slot * Horizon.COUNT + horizon.ordinal();
    }
}
