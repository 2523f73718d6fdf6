package org.foreshape.bench;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ModelForecaster;
import org.foreshape.inference.ModelSession;
import org.foreshape.inference.ModelSessions;
import org.foreshape.inference.SampleHistory;
import org.foreshape.inference.SessionBuffers;
import org.foreshape.journal.JournalOptions;
import org.foreshape.journal.JournalWriter;
import org.foreshape.journal.SyncPolicy;
import org.foreshape.ring.Counters;
import org.foreshape.ring.DistinctErrors;
import org.foreshape.ring.Enforcement;
import org.foreshape.ring.Pipeline;
import org.foreshape.ring.Stage;
import org.foreshape.ring.StageLatencies;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.stage.Dispatcher;
import org.foreshape.ring.stage.Recorder;
import org.foreshape.ring.stage.Stages;
import org.foreshape.shaping.MemoryShaper;
import org.foreshape.shaping.ShapingSettings;

/**
 * What a decision costs on top of its two unavoidable parts. A: one sample through all stages,
 * fused, from its publication to its plan in the journal. B: the bare ONNX run of the same batch,
 * plus one append of the same event to a journal of its own. Both on one thread, turn by turn.
 */
final class DecisionBenchmark implements Benchmark {
    private static final long SEED = 1;

    /**
     * Calm guests are sampled every second. At ten seconds nearly every sample ends a part of the
     * fallback's windows, which is the most work there is in a decision.
     */
    private static final int[] STEPS_S = {1, 10};

    private static final Dispatcher NOBODY =
            new Dispatcher() {
                @Override
                public void dispatch(Tick tick) {}

                @Override
                public void refuse(Tick tick, OutcomeStatus status) {}
            };

    @Override
    public String name() {
        return "decision";
    }

    @Override
    public String purpose() {
        return "a fused decision for 64 and 256 VMs against its bare ONNX run plus one append";
    }

    @Override
    public boolean needsGuests() {
        return false;
    }

    @Override
    public Result run(boolean quick) throws Exception {
        Result result = new Result("decision");
        result.fact("seed", SEED);
        for (int vmCount : new int[] {64, 256}) {
            for (int stepS : STEPS_S) {
                measure(vmCount, stepS, quick ? 4_000 : 20_000, result);
            }
        }
        return result;
    }

    private static void measure(int vmCount, int stepS, int ticks, Result result)
            throws IOException {
        Path folder = Files.createTempDirectory("foreshape-decision");
        ForecastModel model = ForecastModel.shipped();
        SampleHistory history = new SampleHistory(vmCount, model.manifest().gridStepSeconds());
        StageLatencies latencies = new StageLatencies();
        try (Arena arena = Arena.ofConfined();
                ModelForecaster forecaster = ModelForecaster.open(model, history, false);
                JournalWriter journal = JournalWriter.open(options(folder.resolve("a"), vmCount));
                JournalWriter bareJournal =
                        JournalWriter.open(options(folder.resolve("b"), vmCount))) {
            SessionBuffers buffers = SessionBuffers.of(model.manifest(), vmCount, arena);
            try (ModelSession bare = ModelSessions.open(model.bytes(), buffers, false)) {
                TimedRecorder recorder = new TimedRecorder(journal);
                Stages stages =
                        new Stages(
                                history,
                                forecaster,
                                new MemoryShaper(ShapingSettings.defaults(), vmCount),
                                recorder,
                                NOBODY,
                                tick -> {});
                Pipeline pipeline =
                        new Pipeline(
                                stages,
                                new Counters(),
                                latencies,
                                new DistinctErrors(),
                                new Enforcement());
                Turns turns =
                        new Turns(vmCount, stepS, pipeline, recorder, bare, bareJournal, buffers);
                turns.run(ticks / 2);
                latencies.reset();
                turns.forget();
                turns.run(ticks);
                turns.report(result, latencies);
            }
        } finally {
            Folders.delete(folder);
        }
    }

    private static JournalOptions options(Path folder, int vmCount) {
        return JournalOptions.of(folder, vmCount).withSync(SyncPolicy.NONE, 0);
    }

    /** A journal that notes when a record was in it. */
    private static final class TimedRecorder implements Recorder {
        private final JournalWriter journal;
        private long recordedNanoTime;

        TimedRecorder(JournalWriter journal) {
            this.journal = journal;
        }

        @Override
        public void record(Tick tick) {
            journal.record(tick);
            recordedNanoTime = System.nanoTime();
        }

        @Override
        public void endOfBatch() {
            journal.endOfBatch();
        }
    }

    /** The two contenders, turn by turn. */
    private static final class Turns {
        private final int vmCount;
        private final int stepS;
        private final Pipeline pipeline;
        private final TimedRecorder recorder;
        private final ModelSession bare;
        private final JournalWriter bareJournal;
        private final int batchIndex;
        private final SyntheticHost host;
        private final Tick tick;
        private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        private double[] decisionUs = new double[0];
        private double[] afterUs = new double[0];
        private double[] bareUs = new double[0];
        private int count;
        private long bytes;

        Turns(
                int vmCount,
                int stepS,
                Pipeline pipeline,
                TimedRecorder recorder,
                ModelSession bare,
                JournalWriter bareJournal,
                SessionBuffers buffers) {
            this.vmCount = vmCount;
            this.stepS = stepS;
            this.pipeline = pipeline;
            this.recorder = recorder;
            this.bare = bare;
            this.bareJournal = bareJournal;
            this.batchIndex = buffers.batchIndexFor(vmCount);
            this.host = new SyntheticHost(vmCount, stepS * 1_000_000_000L, SEED);
            this.tick = new Tick(vmCount);
            start();
        }

        private void start() {
            tick.begin(EventKind.CONTROL, 0);
            tick.control.kind = ControlKind.BUDGET;
            tick.control.amountKib = vmCount * 2048L * 1024;
            pipeline.onEvent(tick, true);
            for (int slot = 0; slot < vmCount; slot++) {
                host.writeArrival(tick, slot);
                pipeline.onEvent(tick, true);
            }
        }

        void forget() {
            count = 0;
            bytes = 0;
        }

        void run(int ticks) {
            decisionUs = new double[ticks];
            afterUs = new double[ticks];
            bareUs = new double[ticks];
            for (int i = 0; i < ticks; i++) {
                tick.sequence++;
                host.write(tick);
                long bytesBefore = threads.getCurrentThreadAllocatedBytes();
                long startNs = System.nanoTime();
                tick.publishedNanoTime = startNs;
                pipeline.onEvent(tick, true);
                long doneNs = System.nanoTime();
                bytes += threads.getCurrentThreadAllocatedBytes() - bytesBefore;
                boolean ran = bare.run(batchIndex, 0);
                bareJournal.record(tick);
                long endNs = System.nanoTime();
                if (!ran) {
                    throw new IllegalStateException(bare.lastError());
                }
                decisionUs[count] = (recorder.recordedNanoTime - startNs) / 1e3;
                afterUs[count] = (doneNs - recorder.recordedNanoTime) / 1e3;
                bareUs[count] = (endNs - doneNs) / 1e3;
                count++;
            }
        }

        void report(Result result, StageLatencies latencies) {
            String vms = vmCount + " VMs, " + stepS + " s: ";
            result.add(vms + "decision, us", decisionUs);
            result.add(vms + "bare ONNX run + append, us", bareUs);
            result.add(vms + "left for after the decision, us", afterUs);
            result.fact(
                    vms + "ratio of medians",
                    String.format(
                            java.util.Locale.ROOT,
                            "%.3f",
                            Result.median(decisionUs) / Result.median(bareUs)));
            result.fact(vms + "bytes allocated per tick", (double) bytes / count);
            for (Stage stage : Stage.values()) {
                if (stage != Stage.QUEUE) {
                    result.fact(
                            vms + stage + " p50, p99, us",
                            latencies.snapshot(stage).getValueAtPercentile(50) / 1e3
                                    + ", "
                                    + latencies.snapshot(stage).getValueAtPercentile(99) / 1e3);
                }
            }
        }
    }
}
