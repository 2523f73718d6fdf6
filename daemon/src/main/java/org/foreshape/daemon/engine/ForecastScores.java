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
 * Scores forecasts by what then happened, per VM, resource and horizon: how many of the .95
 * quantiles were not exceeded until their horizon had passed, and the pinball loss over all
 * quantiles. One forecast of each is open at a time, so that scores do not overlap. What is scored
 * is what was handed on, whoever made it.
 *
 * <p>Written by the engine's thread without garbage; any thread reads.
 */
final class ForecastScores implements Learner {
    private static final Resource[] RESOURCES = Resource.values();
    private static final Horizon[] HORIZONS = Horizon.values();
    private static final int CELLS = Resource.COUNT * Horizon.COUNT;

    /** Losses are added up in millionths of a VM's capacity. */
    private static final double LOSS_UNIT = 1e-6;

    private final int[] generation;
    private final long[] dueTimeNs;
    private final float[] quantiles;
    private final float[] peak;
    private final AtomicLongArray scored;
    private final AtomicLongArray held;
    private final AtomicLongArray loss;

    ForecastScores(int vmCountMax) {
        generation = new int[vmCountMax];
        int count = vmCountMax * CELLS;
        dueTimeNs = new long[count];
        quantiles = new float[count * Quantiles.COUNT];
        peak = new float[count];
        scored = new AtomicLongArray(count);
        held = new AtomicLongArray(count);
        loss = new AtomicLongArray(count);
    }

    @Override
    public void learn(Tick tick) {
        if (tick.kind != EventKind.SAMPLE) {
            return;
        }
        SampleSection sample = tick.sample;
        for (int slot = 0; slot < sample.slotCount; slot++) {
            if (!sample.present[slot]) {
                continue;
            }
            if (generation[slot] != sample.generation[slot]) {
                forget(slot, sample.generation[slot]);
            }
            for (Resource resource : RESOURCES) {
                float used = used(sample, slot, resource);
                if (used >= 0) {
                    for (Horizon horizon : HORIZONS) {
                        score(slot, resource, horizon, used, tick);
                    }
                }
            }
        }
    }

    /** What the VM uses now; negative while it is not known. */
    private static float used(SampleSection sample, int slot, Resource resource) {
        return switch (resource) {
            case MEMORY -> sample.hasGuestStats(slot) ? (float) sample.usedKib(slot) : -1f;
            case CPU -> (float) sample.cpuMillicores[slot];
            case STORAGE -> (float) sample.storageKib[slot];
        };
    }

    /** What it could use at most; 0 while that is not known. */
    private static float most(SampleSection sample, int slot, Resource resource) {
        return switch (resource) {
            case MEMORY -> (float) sample.maximumKib[slot];
            case CPU -> 1000f * sample.vcpuCountMax[slot];
            case STORAGE -> (float) sample.storageCapacityKib[slot];
        };
    }

    private void score(int slot, Resource resource, Horizon horizon, float used, Tick tick) {
        int at = index(slot, resource, horizon);
        if (dueTimeNs[at] != 0) {
            peak[at] = Math.max(peak[at], used);
            if (tick.timeNs < dueTimeNs[at]) {
                return;
            }
            close(at, most(tick.sample, slot, resource));
        }
        ForecastSection forecast = tick.forecast;
        if (slot < forecast.slotCount && forecast.source[slot] != ForecastSource.NONE) {
            dueTimeNs[at] = tick.timeNs + horizon.durationNs();
            peak[at] = used;
            for (int q = 0; q < Quantiles.COUNT; q++) {
                quantiles[at * Quantiles.COUNT + q] = forecast.quantile(slot, resource, horizon, q);
            }
        }
    }

    private void close(int at, float most) {
        dueTimeNs[at] = 0;
        if (most <= 0) {
            return;
        }
        double lost = Quantiles.pinballLoss(quantiles, at * Quantiles.COUNT, peak[at]);
        boolean isHeld = peak[at] <= quantiles[at * Quantiles.COUNT + Quantiles.P95];
        scored.lazySet(at, scored.get(at) + 1);
        held.lazySet(at, held.get(at) + (isHeld ? 1 : 0));
        loss.lazySet(at, loss.get(at) + Math.round(lost / most / LOSS_UNIT));
    }

    private void forget(int slot, int newGeneration) {
        generation[slot] = newGeneration;
        for (int at = slot * CELLS; at < (slot + 1) * CELLS; at++) {
            dueTimeNs[at] = 0;
            scored.lazySet(at, 0);
            held.lazySet(at, 0);
            loss.lazySet(at, 0);
        }
    }

    /** Forecasts of a VM whose horizon has passed. */
    long scoredCount(int slot, Resource resource, Horizon horizon) {
        return scored.get(index(slot, resource, horizon));
    }

    /** Those of them whose .95 quantile was not exceeded. */
    long heldCount(int slot, Resource resource, Horizon horizon) {
        return held.get(index(slot, resource, horizon));
    }

    /** Their mean pinball loss over all quantiles, as a share of the VM's capacity; NaN: none. */
    double meanLoss(int slot, Resource resource, Horizon horizon) {
        int at = index(slot, resource, horizon);
        long count = scored.get(at);
        return count == 0 ? Double.NaN : loss.get(at) * LOSS_UNIT / count;
    }

    private static int index(int slot, Resource resource, Horizon horizon) {
        return (slot * Resource.COUNT + resource.ordinal()) * Horizon.COUNT + horizon.ordinal();
    }
}
