package org.foreshape.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.foreshape.inference.FallbackForecaster;
import org.foreshape.inference.SampleHistory;
import org.foreshape.journal.JournalReader;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.Tick;

/**
 * What the recorded forecasts of a run lost, and what the plain forecaster would have lost in their
 * place: the peak of memory within 5 minutes, one forecast of each VM at a time, by pinball loss
 * over all quantiles, percent of the VM's capacity. One thread.
 */
final class HorizonLosses {
    private static final long HORIZON_NS = Horizon.MINUTES_5.durationNs();

    /**
     * What one horizon lost, summed over the VMs.
     *
     * @param startNs when it began
     * @param given loss of what was recorded
     * @param plain loss of the plain forecaster
     * @param driftedVms VMs of which the plain forecaster spoke in the model's place
     */
    record Lost(long startNs, double given, double plain, int driftedVms) {}

    private final SampleHistory history;
    private final FallbackForecaster plain;
    private final Tick tick;
    private final List<Lost> all = new ArrayList<>();
    private final float[][] given;
    private final float[][] ofPlain;
    private final long[] peakKib;
    private final boolean[] open;
    private int drifted;
    private long startNs = Long.MIN_VALUE;

    private HorizonLosses(int vmCount, int gridStepSeconds) {
        this.history = new SampleHistory(vmCount, gridStepSeconds);
        this.plain = new FallbackForecaster(history);
        this.tick = new Tick(vmCount);
        this.given = new float[vmCount][Quantiles.COUNT];
        this.ofPlain = new float[vmCount][Quantiles.COUNT];
        this.peakKib = new long[vmCount];
        this.open = new boolean[vmCount];
    }

    /** The losses of a journal of one run, horizon by horizon. */
    static List<Lost> of(Path journal, int vmCount, int gridStepSeconds) {
        HorizonLosses losses = new HorizonLosses(vmCount, gridStepSeconds);
        try (JournalReader reader = JournalReader.open(journal)) {
            while (reader.next(losses.tick)) {
                losses.take();
            }
        }
        return losses.all;
    }

    private void take() {
        history.observe(tick);
        if (tick.kind == EventKind.SAMPLE) {
            if (Math.floorDiv(tick.timeNs, HORIZON_NS) > Math.floorDiv(startNs, HORIZON_NS)) {
                close();
                begin();
            } else {
                for (int vm = 0; vm < peakKib.length; vm++) {
                    peakKib[vm] = Math.max(peakKib[vm], tick.sample.usedKib(vm));
                }
            }
        }
        history.settle();
    }

    private void begin() {
        startNs = tick.timeNs;
        drifted = 0;
        for (int vm = 0; vm < peakKib.length; vm++) {
            peakKib[vm] = 0;
            ForecastSource source = tick.forecast.source[vm];
            open[vm] = source == ForecastSource.MODEL || source == ForecastSource.DRIFTED;
            drifted += source == ForecastSource.DRIFTED ? 1 : 0;
            copy(tick.forecast, vm, given[vm]);
        }
        plain.forecast(tick);
        for (int vm = 0; vm < peakKib.length; vm++) {
            copy(tick.forecast, vm, ofPlain[vm]);
        }
    }

    private static void copy(ForecastSection forecast, int vm, float[] quantiles) {
        for (int q = 0; q < quantiles.length; q++) {
            quantiles[q] = forecast.quantile(vm, Resource.MEMORY, Horizon.MINUTES_5, q);
        }
    }

    private void close() {
        double lost = 0;
        double lostPlain = 0;
        boolean any = false;
        for (int vm = 0; vm < peakKib.length; vm++) {
            if (open[vm]) {
                any = true;
                lost +=
                        Quantiles.pinballLoss(given[vm], 0, (double) peakKib[vm])
                                / tick.sample.maximumKib[vm];
                lostPlain +=
                        Quantiles.pinballLoss(ofPlain[vm], 0, (double) peakKib[vm])
                                / tick.sample.maximumKib[vm];
            }
        }
        if (any) {
            all.add(new Lost(startNs, 100 * lost, 100 * lostPlain, drifted));
        }
    }
}
