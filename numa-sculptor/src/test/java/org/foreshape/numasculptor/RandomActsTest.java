package org.foreshape.numasculptor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.foreshape.nativebindings.linux.Errno;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random acts on processes that rewrite and check their memory meanwhile, some killed in the middle
 * of an act. {@code -Dforeshape.acts=1000} for the full run, {@code -Dforeshape.seed=} to repeat
 * one.
 */
class RandomActsTest {
    private static final int MIB = 24;
    private static final double KILL_SHARE = 0.15;

    private final Map<String, Integer> outcomes = new TreeMap<>();
    private long badWords;
    private int kills;

    @Test
    @Timeout(1200)
    void shouldNeverChangeAByteNorTouchAnotherProcess() throws Exception {
        int acts = Integer.getInteger("foreshape.acts", 60);
        long seed = Long.getLong("foreshape.seed", System.nanoTime());
        System.out.println("RandomActsTest: -Dforeshape.seed=" + seed + " acts=" + acts);
        Random random = new Random(seed);
        runActs(new Random(seed + 1), 10);
        // What the first acts loaded for good stays; after that nothing may.
        long fds = count("fd");
        long maps = Files.readAllLines(Path.of("/proc/self/maps")).size();
        long threads = threads();
        // A stranger of the same kind, never acted upon: it must stay exactly as it is.
        try (MemHold stranger = MemHold.start(MIB)) {
            MemoryFigures before = figures(stranger);
            outcomes.clear();
            badWords = 0;
            kills = 0;
            runActs(random, acts);
            assertThat(figures(stranger)).isEqualTo(before);
            assertThat(stranger.badWords()).isZero();
        }
        System.out.printf("%d acts, %d killed: %s%n", acts, kills, outcomes);
        assertThat(badWords).isZero();
        assertThat(kills).isPositive();
        assertThat(count("fd")).as("file descriptors").isLessThanOrEqualTo(fds);
        assertThat(threads()).as("threads").isLessThanOrEqualTo(threads);
        // The JVM maps its own code and heap as it likes; a leak of one map per act would show.
        assertThat((long) Files.readAllLines(Path.of("/proc/self/maps")).size())
                .isLessThan(maps + Math.max(40, acts / 4));
    }

    private void runActs(Random random, int acts) throws Exception {
        @Nullable MemHold child = null;
        @Nullable SculptTarget target = null;
        try (Sculptor sculptor = Sculptor.open(HostReader.ofThisMachine())) {
            for (int act = 0; act < acts; act++) {
                if (child == null || target == null) {
                    child = MemHold.start(MIB, random.nextBoolean() ? "huge" : "plain");
                    target = child.target();
                    child.ask("load");
                }
                boolean kill = random.nextDouble() < KILL_SHARE;
                SculptReport report = act(random, sculptor, child, target, kill);
                check(report, kill);
                if (kill) {
                    kills++;
                    target.close();
                    child.close();
                    child = null;
                    target = null;
                } else if (random.nextInt(8) == 0) {
                    badWords += bad(child.ask("calm"));
                    child.ask("drop " + random.nextInt(MIB));
                    child.ask("load");
                }
            }
            if (child != null) {
                badWords += bad(child.ask("calm"));
            }
        } finally {
            if (target != null) {
                target.close();
            }
            if (child != null) {
                child.close();
            }
        }
    }

    private static SculptReport act(
            Random random, Sculptor sculptor, MemHold child, SculptTarget target, boolean kill)
            throws InterruptedException {
        List<Step> steps = new ArrayList<>(List.of(Step.MOVE, Step.COLLAPSE, Step.COLD, Step.PIN));
        java.util.Collections.shuffle(steps, random);
        int count = 1 + random.nextInt(steps.size());
        SculptRequest.Builder request =
                SculptRequest.builder(
                                steps.getFirst(), steps.subList(0, count).toArray(Step[]::new))
                        .node(random.nextInt(10) == 0 ? 9 : 0)
                        .batchPages(SculptRequest.BATCH_PAGES_MIN)
                        .residentShareMin(0.6 + random.nextDouble() * 0.4)
                        .bytesPerSecond(
                                random.nextBoolean() ? 0 : (256L + random.nextInt(2000)) << 20)
                        .limit(Duration.ofSeconds(10));
        var stop = new StopToken();
        long waitUs = random.nextInt(8000);
        boolean stopped = random.nextInt(5) == 0;
        Thread disturber =
                Thread.ofPlatform()
                        .name("disturber")
                        .start(() -> {
                            java.util.concurrent.locks.LockSupport.parkNanos(waitUs * 1000);
                            if (kill) {
                                child.kill();
                            } else if (stopped) {
                                stop.stop();
                            }
                        });
        try {
            return sculptor.sculpt(target, request.build(), stop);
        } finally {
            disturber.join();
        }
    }

    private void check(SculptReport report, boolean killed) {
        for (StepReport step : report.steps()) {
            outcomes.merge(step.step() + " " + step.outcome(), 1, Integer::sum);
            if (step.outcome() == StepOutcome.FAILED || step.outcome() == StepOutcome.PARTIAL) {
                assertThat(step.reason()).as("%s", step).isNotEmpty();
                assertThat(step.failures()).as("%s", step).isNotEmpty();
                assertThat(step.failures())
                        .as("%s", step)
                        .allMatch(f -> !f.reason().isEmpty() && !f.call().isEmpty());
            }
            if (step.outcome() == StepOutcome.FAILED && killed) {
                assertThat(step.failures().getFirst().errno())
                        .as("%s", step)
                        .isIn(Errno.ESRCH, Errno.EINVAL, Errno.EAGAIN);
            }
            if (step.outcome() == StepOutcome.UNAVAILABLE) {
                assertThat(step.reason()).isNotEmpty();
            }
        }
    }

    private static long bad(String answer) {
        assertThat(answer).startsWith("sum bad=");
        return Long.parseLong(answer.substring(8));
    }

    private static MemoryFigures figures(MemHold child) {
        return ProcessReader.ofThisMachine().figures(child.pid(), List.of(child.range()));
    }

    /** Without those in which the JDK waits for child processes, which it keeps for a minute. */
    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !thread.getName().startsWith("process reaper"))
                .count();
    }

    private static long count(String folder) throws IOException {
        try (Stream<Path> entries = Files.list(Path.of("/proc/self/" + folder))) {
            return entries.count();
        }
    }
}
