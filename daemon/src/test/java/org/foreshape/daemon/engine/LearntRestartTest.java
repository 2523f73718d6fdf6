package org.foreshape.daemon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.foreshape.inference.DemandForecaster;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.Learning;
import org.foreshape.inference.LearntPast;
import org.foreshape.inference.LearntState;
import org.foreshape.inference.QuantileTracker;
import org.foreshape.journal.JournalOptions;
import org.foreshape.journal.JournalReader;
import org.foreshape.journal.JournalState;
import org.foreshape.journal.JournalWriter;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.LearntKind;
import org.foreshape.ring.event.TaskState;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What was learnt, over the end of a run: of one that stops in order, and of one that is killed.
 */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class LearntRestartTest {
    private static final int SHIFT_BYTES = QuantileTracker.STATE_SIZE * Float.BYTES;

    /** Of a VM in the present layout: its UUID, by how much it is corrected, and 14 of a watch. */
    private static final int CALIBRATION_BYTES = 16 + SHIFT_BYTES + 14 * Float.BYTES;

    private static final long SEED = Long.getLong("foreshape.seed", 20_261_203L);
    private static final double SPEED = 600;
    private static final int VM_COUNT = 3;

    @TempDir Path folder;

    /** An engine on embedded guests whose time runs fast, in this process or in one of its own. */
    static final class FastEngine {
        private static final long START_NS = 1_767_600_000_000_000_000L;

        private FastEngine() {}

        static Engine open(Path journal, long startTimeNs) {
            return new DemoEngine(VM_COUNT, SPEED, startTimeNs, VmMode.OBSERVE).open(journal);
        }

        /** Runs until it is killed, and finishes tasks meanwhile. */
        public static void main(String[] arguments) throws InterruptedException {
            Engine engine = open(Path.of(arguments[0]), START_NS);
            engine.start();
            Random random = new Random(SEED);
            for (int task = 0; ; task++) {
                finish(engine, task, random);
                Thread.sleep(20);
            }
        }

        static void finish(Engine engine, int task, Random random) {
            engine.events()
                    .publish(tick -> {
                        tick.begin(EventKind.TASK, engine.clock().timeNs());
                        tick.task.state = TaskState.FINISHED;
                        tick.task.id.set("task-" + task);
                        tick.task.type.set("type-" + random.nextInt(9));
                        tick.task.actualMemoryKib = 1000L + random.nextInt(100_000);
                        tick.task.actualDurationNs = 1_000_000_000L * (1L + random.nextInt(100));
                    });
        }
    }

    /** Calibrations by UUID and the rest, as the journal gives them to the next start. */
    private static LearntPast past(Path journal) {
        LearntPast past =
                new LearntPast(
                        LearntState.identityOf(ForecastModel.shipped()),
                        LearntState.calibrationCountMax(VM_COUNT));
        JournalState.read(journal, past::take);
        return past;
    }

    private static Map<UUID, byte[]> calibrations(LearntPast past) {
        Map<UUID, byte[]> all = new HashMap<>();
        Tick tick = new Tick(1);
        for (int k = 0; k < past.eventCount(); k++) {
            tick.begin(EventKind.LEARNT, 0);
            past.fill(k, tick.learnt);
            for (int at = 0;
                    tick.learnt.kind == LearntKind.CALIBRATION && at < tick.learnt.lengthBytes;
                    at += CALIBRATION_BYTES) {
                byte[] one = new byte[CALIBRATION_BYTES - 16];
                tick.learnt.payload.get(at + 16, one);
                all.put(
                        new UUID(
                                tick.learnt.payload.getLong(at),
                                tick.learnt.payload.getLong(at + 8)),
                        one);
            }
        }
        return all;
    }

    private static String estimator(LearntPast past) {
        StringBuilder all = new StringBuilder();
        Tick tick = new Tick(1);
        for (int k = 0; k < past.eventCount(); k++) {
            tick.begin(EventKind.LEARNT, 0);
            past.fill(k, tick.learnt);
            if (tick.learnt.kind == LearntKind.ESTIMATOR) {
                byte[] part = new byte[tick.learnt.lengthBytes];
                tick.learnt.payload.get(0, part);
                all.append(HexFormat.of().formatHex(part));
            }
        }
        return all.toString();
    }

    /** Replays, and then has the replayed forecaster say all that it has learnt. */
    private LearntPast replayed(Path journal) {
        LearntPast past =
                new LearntPast(
                        LearntState.identityOf(ForecastModel.shipped()),
                        LearntState.calibrationCountMax(VM_COUNT));
        return DemoEngine.replay(
                journal,
                ForecastModel.shipped(),
                (report, last) -> {
                    assertThat(report.ok()).as(report.toString()).isTrue();
                    assertThat(report.forecastsIdentical()).isEqualTo(report.forecasts());
                    assertThat(report.learnt()).isPositive().isEqualTo(report.learntIdentical());
                    Tick tick = new Tick(VM_COUNT);
                    LearntState state = ((Learning) last.forecaster()).learnt();
                    // An hour later everything is written once more.
                    for (int k = 0; k < 200; k++) {
                        tick.begin(EventKind.CONTROL, Long.MAX_VALUE / 2);
                        tick.control.kind = ControlKind.SAVE;
                        last.forecaster().forecast(tick);
                        past.take(tick);
                    }
                    assertThat(state.unsavedParts()).isZero();
                    return past;
                });
    }

    @Test
    void shouldHaveAfterAKillWhatTheJournalLastSaid() throws Exception {
        System.out.println("seed " + SEED);
        Random random = new Random(SEED);
        for (int round = 0; round < 3; round++) {
            Path journal = folder.resolve("killed-" + round);
            Process process = child(journal);
            try {
                awaitEstimator(journal, process);
                Thread.sleep(random.nextInt(3_000));
            } finally {
                process.destroyForcibly().waitFor(); // SIGKILL
            }
            LearntPast kept = past(journal);
            assertThat(kept.remarks()).isEmpty();
            assertThat(kept.calibrationCount()).isEqualTo(VM_COUNT);
            assertThat(kept.hasEstimator()).isTrue();
            LearntPast truth = replayed(journal);
            int same = sameCount(calibrations(kept), calibrations(truth));
            System.out.printf(
                    "round %d: %d of %d calibrations are those of the moment of the kill%n",
                    round, same, VM_COUNT);
            // One part per tick holds them all: at most the step that was just closed is missing.
            assertThat(same).isIn(0, VM_COUNT);

            long later = FastEngine.START_NS + TimeUnit.DAYS.toNanos(1);
            Engine next = FastEngine.open(journal, later);
            try (next) {
                next.start();
                awaitVms(next);
            }
            assertThat(calibrationsAtFirstSample(journal)).isEqualTo(shifts(calibrations(kept)));
            LearntPast after = past(journal);
            assertThat(estimator(after)).isEqualTo(estimator(kept));
            // The second run replays too: its state at the start is in its own records.
            replayed(journal);
        }
    }

    /** What the second run's forecaster holds of each VM when it first sees them. */
    private static Map<UUID, String> calibrationsAtFirstSample(Path journal) {
        Map<UUID, Integer> slots = new HashMap<>();
        Map<UUID, byte[]> found = new HashMap<>();
        Tick tick = new Tick(VM_COUNT);
        try (JournalReader reader = JournalReader.open(journal)) {
            while (reader.advance() && reader.runId() < 2) {
                // The run that was killed.
            }
            reader.read(tick);
            RunSettings settings = RunSettings.parse(tick.control.text.toString());
            try (DecisionStages stages =
                    DecisionStages.create(settings, ForecastModel.shipped(), false)) {
                do {
                    reader.readEvent(tick);
                    stages.history().observe(tick);
                    stages.forecaster().forecast(tick);
                    if (tick.kind == EventKind.CONTROL
                            && tick.control.kind == ControlKind.VM_ARRIVED) {
                        slots.put(
                                new UUID(tick.control.vmUuidHigh, tick.control.vmUuidLow),
                                tick.control.vmSlot);
                    }
                } while (tick.forecast.slotCount < VM_COUNT && reader.advance());
                float[] shift = new float[QuantileTracker.STATE_SIZE];
                for (Map.Entry<UUID, Integer> vm : slots.entrySet()) {
                    ((DemandForecaster) stages.forecaster())
                            .tracker()
                            .save(vm.getValue(), shift, 0);
                    ByteBuffer bytes =
                            ByteBuffer.allocate(SHIFT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
                    bytes.asFloatBuffer().put(shift);
                    found.put(vm.getKey(), bytes.array());
                }
            }
        }
        return shifts(found);
    }

    /** What the tracker holds of them. */
    private static Map<UUID, String> shifts(Map<UUID, byte[]> all) {
        Map<UUID, String> hex = new HashMap<>();
        all.forEach((vm, bytes) -> hex.put(vm, HexFormat.of().formatHex(bytes, 0, SHIFT_BYTES)));
        return hex;
    }

    private static int sameCount(Map<UUID, byte[]> one, Map<UUID, byte[]> other) {
        int same = 0;
        for (Map.Entry<UUID, byte[]> entry : one.entrySet()) {
            if (Arrays.equals(entry.getValue(), other.get(entry.getKey()))) {
                same++;
            }
        }
        return same;
    }

    private Process child(Path journal) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (flag.startsWith("--") || flag.startsWith("-Dchronicle")) {
                command.add(flag);
            }
        }
        command.addAll(List.of("-XX:+UseSerialGC", "-Xmx512m", "-cp"));
        command.add(
                System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path")));
        command.add(FastEngine.class.getName());
        command.add(journal.toString());
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("ORT_DISABLE_TELEMETRY", "1");
        builder.redirectErrorStream(true);
        builder.redirectOutput(folder.resolve("child.txt").toFile());
        return builder.start();
    }

    /** Until the journal holds calibrations that moved and a whole estimator. */
    private void awaitEstimator(Path journal, Process process) throws Exception {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            assertThat(process.isAlive())
                    .as(Files.readString(folder.resolve("child.txt")))
                    .isTrue();
            if (Files.exists(journal.resolve("metadata.cq4t"))) {
                LearntPast past = past(journal);
                if (past.calibrationCount() == VM_COUNT && past.hasEstimator()) {
                    return;
                }
            }
            assertThat(System.nanoTime()).as("time is up").isLessThan(endNs);
            Thread.sleep(200);
        }
    }

    private static void awaitVms(Engine engine) throws InterruptedException {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (engine.latest().forecast.slotCount < VM_COUNT && System.nanoTime() < endNs) {
            Thread.sleep(20);
        }
        assertThat(engine.latest().forecast.slotCount).isEqualTo(VM_COUNT);
    }

    @Test
    void shouldLoseNothingWhenItStopsInOrder() throws Exception {
        Path journal = folder.resolve("stopped");
        Random random = new Random(SEED);
        try (Engine engine = FastEngine.open(journal, FastEngine.START_NS)) {
            engine.start();
            awaitVms(engine);
            Thread.sleep(4_000);
            for (int task = 0; task < 50; task++) {
                FastEngine.finish(engine, task, random);
            }
        }
        LearntPast kept = past(journal);
        LearntPast truth = replayed(journal);
        assertThat(kept.calibrationCount()).isEqualTo(VM_COUNT);
        assertThat(sameCount(calibrations(kept), calibrations(truth))).isEqualTo(VM_COUNT);
        assertThat(estimator(kept)).isNotEmpty().isEqualTo(estimator(truth));
    }

    @Test
    void shouldStartFreshWithOneLineWhenTheModelIsAnother() throws Exception {
        Path journal = folder.resolve("foreign");
        try (var writer = JournalWriter.open(JournalOptions.of(journal, VM_COUNT))) {
            Tick tick = new Tick(VM_COUNT);
            tick.begin(EventKind.CONTROL, 1);
            tick.control.kind = ControlKind.SAVE;
            tick.learnt.kind = LearntKind.CALIBRATION;
            tick.learnt.form = 1;
            tick.learnt.identity = 4711;
            tick.learnt.partCount = 1;
            tick.learnt.lengthBytes = 16 + SHIFT_BYTES;
            writer.record(tick);
        }
        List<String> lines = new ArrayList<>();
        Handler handler =
                new Handler() {
                    @Override
                    public void publish(LogRecord entry) {
                        lines.add(entry.getMessage());
                    }

                    @Override
                    public void flush() {}

                    @Override
                    public void close() {}
                };
        Logger logger = Logger.getLogger(LearntKeeping.class.getName());
        logger.addHandler(handler);
        try (Engine engine = FastEngine.open(journal, FastEngine.START_NS)) {
            engine.start();
            awaitVms(engine);
        } finally {
            logger.removeHandler(handler);
        }
        assertThat(lines).singleElement().asString().contains("1 VMs", "another model");
    }
}
