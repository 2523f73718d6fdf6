package org.foreshape.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.LearntPast;
import org.foreshape.inference.LearntState;
import org.foreshape.journal.JournalState;
import org.foreshape.journal.JournalVerifier;
import org.foreshape.journal.VerifyReport;
import org.foreshape.ring.event.Tick;

/**
 * Kills `foreshape run` with SIGKILL at random moments and starts it again on the same journal. It
 * runs on embedded guests, while this process announces tasks as fast as they are answered and
 * reads the journal along. What was answered, and what was read, must be there afterwards; what the
 * next start takes back must be what the journal last said.
 */
final class KillBenchmark implements Benchmark {
    private static final int KILLS = 100;
    private static final int QUICK_KILLS = 5;
    private static final long SEED = 20_261_130;

    /** The latest moment of a kill after the first decision. */
    private static final int ALIVE_MS_MAX = 3_000;

    private static final long START_LIMIT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final double START_WANTED_S = 3;
    private static final int VM_COUNT_MAX = 64;
    private static final int TASK_TYPES = 7;
    private static final long POLL_MS = 2;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final Set<String> answered = new HashSet<>();
    private int taskCount;
    private int lostCount;
    private int damageCount;
    private int otherStateCount;

    @Override
    public String name() {
        return "kill";
    }

    @Override
    public String purpose() {
        return "a daemon killed at random moments under load: what its journal holds, how soon the"
                + " next decides";
    }

    @Override
    public boolean needsGuests() {
        return false;
    }

    @Override
    public Result run(boolean quick) throws Exception {
        int kills = quick ? QUICK_KILLS : KILLS;
        double[] startS = new double[kills];
        double[] aliveMs = new double[kills];
        Path folder = Files.createTempDirectory("foreshape-kill");
        try (JournalFollower follower = new JournalFollower(folder.resolve("journal"))) {
            for (int i = 0; i < kills; i++) {
                aliveMs[i] = random.nextInt(ALIVE_MS_MAX);
                startS[i] = round(folder, follower, i + 1, (long) aliveMs[i]);
            }
            Result result = new Result("kill");
            result.fact("seed", SEED);
            result.add("alive after the first decision, ms", aliveMs);
            result.add("start of the process to the first decision, s", startS);
            result.fact("records read along", follower.recordCount());
            result.fact("tasks answered", answered.size());
            answered.removeAll(follower.tasks());
            result.wantAtMost("tasks answered and not in the journal", answered.size(), 0);
            result.wantAtMost("records read along and not there after", lostCount, 0);
            result.wantAtMost("faults that verify finds", damageCount, 0);
            result.wantAtMost("starts that took back another state", otherStateCount, 0);
            result.wantAtMost("median start, s", Result.median(startS), START_WANTED_S);
            result.wantAtMost("longest start, s", Result.max(startS), START_WANTED_S);
            return result;
        } finally {
            Folders.delete(folder);
        }
    }

    private double round(Path folder, JournalFollower follower, int run, long aliveMs)
            throws IOException, InterruptedException {
        Path journal = folder.resolve("journal");
        Path socket = folder.resolve("s");
        Path log = folder.resolve("log");
        List<String> kept = run == 1 ? List.of() : learnt(journal);
        Files.deleteIfExists(socket);
        List<String> command = new ArrayList<>(DaemonProcess.javaCommand());
        command.addAll(
                List.of(
                        "run",
                        "--connect",
                        "embedded",
                        "--mode",
                        "enforce",
                        "--journal",
                        journal.toString(),
                        "--socket",
                        socket.toString()));
        long startNs = System.nanoTime();
        Process daemon =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        double decidedS;
        long readCount;
        try {
            while (!follower.hasDecided(run)) {
                RuntimeException failure = follower.failure();
                if (failure != null) {
                    throw failure;
                }
                if (!daemon.isAlive() || System.nanoTime() - startNs > START_LIMIT_NS) {
                    throw new IllegalStateException(
                            "the daemon did not decide; it said:\n" + Files.readString(log));
                }
                Thread.sleep(POLL_MS);
            }
            decidedS = (System.nanoTime() - startNs) / 1e9;
            if (!follower.takenBack().equals(kept)) {
                otherStateCount++;
            }
            load(socket, aliveMs);
            readCount = follower.recordCount();
        } finally {
            daemon.destroyForcibly().waitFor(); // SIGKILL
        }
        VerifyReport report = JournalVerifier.verify(journal);
        lostCount += (int) Math.max(0, readCount - report.records());
        damageCount += report.ok() ? 0 : 1;
        System.out.printf(
                Locale.ROOT,
                "%d: decided after %.2f s, killed %d ms later; %d records, %d tasks answered%n",
                run,
                decidedS,
                aliveMs,
                report.records(),
                answered.size());
        report.findings().stream()
                .filter(finding -> finding.kind().fault())
                .forEach(finding -> System.out.println("  " + finding));
        return decidedS;
    }

    /** Announces and finishes tasks until the moment of the kill. */
    private void load(Path socket, long aliveMs) throws IOException, InterruptedException {
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(aliveMs);
        try (ControlCall call = new ControlCall(socket)) {
            while (System.nanoTime() < endNs) {
                int number = taskCount++;
                String id = "task-" + number;
                String json =
                        "{\"id\":\"%s\",\"type\":\"type-%d\",\"state\":\"finished\","
                                        .formatted(id, number % TASK_TYPES)
                                + "\"actual_memory_mib\":%d,\"actual_duration_seconds\":%d}"
                                        .formatted(1 + random.nextInt(900), 1 + random.nextInt(90));
                if (call.post("/announce", json)) {
                    answered.add(id);
                }
            }
        }
    }

    /** What the journal gives to the next start. */
    private static List<String> learnt(Path journal) {
        LearntPast past =
                new LearntPast(
                        LearntState.identityOf(ForecastModel.shipped()),
                        LearntState.calibrationCountMax(VM_COUNT_MAX));
        JournalState.read(journal, past::take);
        List<String> parts = new ArrayList<>();
        Tick tick = new Tick(1);
        for (int i = 0; i < past.eventCount(); i++) {
            tick.learnt.clear();
            past.fill(i, tick.learnt);
            parts.add(JournalFollower.text(tick.learnt));
        }
        return parts;
    }
}
