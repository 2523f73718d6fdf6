package org.foreshape.bench;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ModelForecaster;
import org.foreshape.inference.ModelSession;
import org.foreshape.inference.ModelSessions;
import org.foreshape.inference.SampleHistory;
import org.foreshape.inference.SessionBuffers;
import org.foreshape.ring.event.Tick;

/**
 * What a forecast of all VMs costs, inputs, model, calibration and fallback together (A), against
 * the bare ONNX run of the same batch (B), turn by turn on one thread. The ticks on which a grid
 * step closes are counted apart: they take the step in and run the model once more.
 */
final class ForecastBenchmark implements Benchmark {
    private static final long SEED = 1;
    private static final int TICK_S = 5;
    private static final int GRID_S = 300;

    @Override
    public String name() {
        return "forecast";
    }

    @Override
    public String purpose() {
        return "a forecast of 64, 256 and 1,024 VMs by each model against its bare ONNX run";
    }

    @Override
    public boolean needsGuests() {
        return false;
    }

    @Override
    public Result run(boolean quick) {
        Result result = new Result("forecast");
        result.fact("seed", SEED);
        for (ForecastModel model :
                new ForecastModel[] {ForecastModel.shipped(), ForecastModel.lstm()}) {
            for (int vmCount : new int[] {64, 256, 1024}) {
                measure(model, vmCount, quick ? 2_000 : 8_000, result);
            }
        }
        return result;
    }

    private static void measure(ForecastModel model, int vmCount, int ticks, Result result) {
        SampleHistory history = new SampleHistory(vmCount, GRID_S);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Arena arena = Arena.ofConfined();
                ModelForecaster forecaster = ModelForecaster.open(model, history, false)) {
            SessionBuffers buffers = SessionBuffers.of(model.manifest(), vmCount, arena);
            int batch = buffers.batchIndexFor(vmCount);
            SyntheticHost host = new SyntheticHost(vmCount, TICK_S * 1_000_000_000L, SEED);
            Tick tick = new Tick(vmCount);
            double[] forecastUs = new double[ticks];
            double[] bareUs = new double[ticks];
            double[] closingUs = new double[ticks];
            double[] modelUs = new double[ticks];
            int calm = 0;
            int closing = 0;
            long bytes = 0;
            try (ModelSession bare = ModelSessions.open(model.bytes(), buffers, false)) {
                int warmUp = ticks / 2;
                for (int i = 0; i < warmUp + ticks; i++) {
                    host.write(tick);
                    history.observe(tick);
                    long bytesBefore = threads.getCurrentThreadAllocatedBytes();
                    long startNs = System.nanoTime();
                    forecaster.forecast(tick);
                    long endNs = System.nanoTime();
                    long allocated = threads.getCurrentThreadAllocatedBytes() - bytesBefore;
                    history.settle();
                    long bareStartNs = System.nanoTime();
                    if (!bare.run(batch, 0)) {
                        throw new IllegalStateException(bare.lastError());
                    }
                    long bareEndNs = System.nanoTime();
                    if (i < warmUp) {
                        continue;
                    }
                    bytes += allocated;
                    // The host's time starts at the beginning of a step.
                    if ((i + 1) * TICK_S % GRID_S == 0) {
                        closingUs[closing++] = (endNs - startNs) / 1e3;
                    } else {
                        forecastUs[calm] = (endNs - startNs) / 1e3;
                        modelUs[calm] = forecaster.modelNs() / 1e3;
                        bareUs[calm++] = (bareEndNs - bareStartNs) / 1e3;
                    }
                }
            }
            String name = model.name() + ", " + vmCount + " VMs: ";
            double[] a = Arrays.copyOf(forecastUs, calm);
            double[] b = Arrays.copyOf(bareUs, calm);
            result.add(name + "forecast, us", a);
            result.add(name + "of it in the model, us", Arrays.copyOf(modelUs, calm));
            result.add(name + "bare ONNX run, us", b);
            result.add(name + "forecast that closes a step, us", Arrays.copyOf(closingUs, closing));
            result.fact(
                    name + "ratio of medians",
                    String.format(Locale.ROOT, "%.3f", Result.median(a) / Result.median(b)));
            result.fact(name + "bytes allocated per tick", (double) bytes / ticks);
        }
    }
}
