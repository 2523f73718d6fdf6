package org.foreshape.ring;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.foreshape.ring.RingSettings.Assembly;
import org.foreshape.ring.event.EventKind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(30)
class EngineRingTest {
    private final TestStages stages = new TestStages();
    private final Counters counters = new Counters();
    private final StageLatencies latencies = new StageLatencies();
    private final DistinctErrors errors = new DistinctErrors();
    private final Enforcement enforcement = new Enforcement();
    private EngineRing ring = ring(Assembly.FUSED, 8);

    private EngineRing ring(Assembly assembly, int slotCount) {
        return ring(assembly, slotCount, () -> {});
    }

    private EngineRing ring(Assembly assembly, int slotCount, Runnable firstOfAll) {
        Pipeline pipeline = new Pipeline(stages.stages(), counters, latencies, errors, enforcement);
        return new EngineRing(
                new RingSettings(4, slotCount, assembly),
                pipeline,
                counters,
                errors,
                enforcement,
                firstOfAll);
    }

    @AfterEach
    void close() {
        ring.close();
        for (Thread thread : ring.threads()) {
            assertThat(thread.isAlive()).as("%s is alive", thread.getName()).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource(Assembly.class)
    void shouldTakeEachEventThroughAllStagesInOrder(Assembly assembly) {
        ring = ring(assembly, 8);
        stages.actCount = 1;
        ring.start();
        ring.publish(tick -> tick.begin(EventKind.SAMPLE, 5));
        ring.publish(tick -> tick.begin(EventKind.TASK, 6));
        ring.close();

        assertThat(stages.seen.stream().filter(s -> s.endsWith("0")))
                .containsExactly(
                        "observe0", "forecast0", "shape0", "record0", "dispatch0", "learn0");
        assertThat(stages.seen.stream().filter(s -> s.endsWith("1")))
                .containsExactly(
                        "observe1", "forecast1", "shape1", "record1", "dispatch1", "learn1");
        assertThat(counters.get(Counter.EVENTS)).isEqualTo(2);
        assertThat(counters.get(Counter.TICKS)).isEqualTo(1);
        assertThat(latencies.snapshot(Stage.DECISION).getTotalCount()).isEqualTo(1);
    }

    @Test
    void shouldShedSamplesAndCountThemWhenTheRingIsFull() {
        int published = 0;
        while (ring.tryPublish(tick -> tick.begin(EventKind.SAMPLE, 1))) {
            published++;
        }
        assertThat(published).isEqualTo(8);
        assertThat(counters.get(Counter.SAMPLES_DROPPED)).isEqualTo(1);

        ring.start();
        ring.close();
        assertThat(counters.get(Counter.TICKS)).isEqualTo(8);
    }

    @Test
    void shouldShedSamplesThatTheJournalHasNoRoomForButNothingElse() {
        ring.start();
        stages.full = true;
        assertThat(ring.tryPublish(tick -> tick.begin(EventKind.SAMPLE, 1))).isFalse();
        ring.publish(tick -> tick.begin(EventKind.CONTROL, 2));
        stages.full = false;
        assertThat(ring.tryPublish(tick -> tick.begin(EventKind.SAMPLE, 3))).isTrue();
        ring.close();
        assertThat(counters.get(Counter.SAMPLES_UNRECORDED)).isEqualTo(1);
        assertThat(counters.get(Counter.SAMPLES_DROPPED)).isZero();
        assertThat(stages.seen).as("events have numbers without gaps").contains("learn0", "learn1");
        assertThat(counters.get(Counter.EVENTS)).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(Assembly.class)
    void shouldGoOnAfterAnExceptionInAnyStage(Assembly assembly) {
        ring = ring(assembly, 8);
        ring.start();
        String[] names = {"observe", "forecast", "shape", "record", "dispatch", "learn"};
        stages.actCount = 1;
        for (String name : names) {
            stages.failing = name;
            ring.publish(tick -> tick.begin(EventKind.SAMPLE, 1));
            awaitEvents(ring);
            enforcement.allow();
        }
        stages.failing = "";
        ring.publish(tick -> tick.begin(EventKind.SAMPLE, 1));
        ring.close();

        assertThat(counters.get(Counter.TICKS)).isEqualTo(names.length + 1);
        assertThat(stages.seen).contains("learn" + names.length);
        assertThat(errors.list()).hasSize(names.length);
        assertThat(counters.get(Counter.FORECASTER_ERRORS)).isEqualTo(1);
    }

    /** No wake-up is lost, whichever of expecting, publishing and falling asleep comes first. */
    @ParameterizedTest
    @EnumSource(Assembly.class)
    void shouldTakeEveryEventWhetherItWasExpectedOrNot(Assembly assembly) throws Exception {
        ring = ring(assembly, 8);
        ring.start();
        int each = 2_000;
        Thread[] publishers = new Thread[2];
        for (int k = 0; k < publishers.length; k++) {
            SplittableRandom random = new SplittableRandom(k);
            publishers[k] =
                    Thread.ofPlatform()
                            .start(() -> {
                                for (int i = 0; i < each; i++) {
                                    publishSomehow(random);
                                }
                            });
        }
        for (Thread publisher : publishers) {
            publisher.join();
        }
        awaitEvents(ring);
        assertThat(counters.get(Counter.TICKS)).isEqualTo((long) publishers.length * each);
    }

    private void publishSomehow(SplittableRandom random) {
        if (random.nextBoolean()) {
            ring.expect();
        }
        int nap = random.nextInt(20);
        if (nap < 2) {
            // Longer than the engine spins, now and then: it has fallen asleep again.
            LockSupport.parkNanos(2L * nap * AwakeBeforehand.SPIN_NS_MAX);
        }
        ring.publish(tick -> tick.begin(EventKind.SAMPLE, 1));
    }

    @Test
    void shouldFallAsleepAgainWhenNothingComes() throws Exception {
        ring.start();
        ring.expect();
        Thread engine = ring.threads().getFirst();
        while (engine.getState() != Thread.State.WAITING) {
            Thread.sleep(1); // The class has a time limit.
        }
        ring.expect();
        ring.close();
        assertThat(engine.isAlive()).isFalse();
    }

    @Test
    void shouldRehearseForASampleThatIsExpected() throws Exception {
        ring.start();
        for (int sample = 1; sample <= 3; sample++) {
            ring.expect();
            awaitRehearsals(sample);
            ring.expect();
            ring.publish(tick -> tick.begin(EventKind.SAMPLE, 1));
            awaitEvents(ring);
        }
        assertThat(stages.seen).as("of no effect on events").contains("shape2", "record2");
        assertThat(counters.get(Counter.TICKS)).isEqualTo(3);
    }

    @Test
    void shouldGoOnWithoutRehearsalsAfterOneThatFailed() throws Exception {
        stages.failing = "rehearse";
        ring.start();
        ring.expect();
        awaitRehearsals(1);
        ring.publish(tick -> tick.begin(EventKind.SAMPLE, 1));
        awaitEvents(ring);
        ring.expect();
        ring.publish(tick -> tick.begin(EventKind.SAMPLE, 1));
        ring.close();
        assertThat(counters.get(Counter.TICKS)).isEqualTo(2);
        assertThat(stages.rehearsalCount.get()).isEqualTo(1);
        assertThat(errors.list().toString()).contains("rehearse fails as told");
    }

    @Test
    void shouldNotRehearseOnThreadsOfSeveralStages() throws Exception {
        ring.close();
        ring = ring(Assembly.STAGED, 8);
        ring.start();
        ring.expect();
        ring.publish(tick -> tick.begin(EventKind.SAMPLE, 1));
        awaitEvents(ring);
        ring.close();
        assertThat(stages.rehearsalCount.get()).isZero();
    }

    @ParameterizedTest
    @EnumSource(Assembly.class)
    void shouldCallWhatComesFirstOnEachEngineThread(Assembly assembly) {
        ring.close();
        Set<String> names = ConcurrentHashMap.newKeySet();
        ring = ring(assembly, 8, () -> names.add(Thread.currentThread().getName()));
        ring.start();
        assertThat(names).hasSameSizeAs(ring.threads());
        assertThat(names).allMatch(name -> name.startsWith("foreshape-engine"));
    }

    private void awaitRehearsals(int count) throws InterruptedException {
        while (stages.rehearsalCount.get() < count) {
            Thread.sleep(1); // The class has a time limit.
        }
    }

    @ParameterizedTest
    @EnumSource(Assembly.class)
    void shouldReturnFromARecordedEventWhenItIsRecorded(Assembly assembly) {
        ring.close();
        ring = ring(assembly, 8);
        ring.start();
        for (int i = 0; i < 100; i++) {
            assertThat(ring.publishRecorded(tick -> tick.begin(EventKind.TASK, 1))).isTrue();
            assertThat(stages.seen).contains("record" + i);
        }
    }

    @Test
    void shouldSayThatAnEventWasNotRecorded() {
        stages.failing = "record";
        ring.start();
        assertThat(ring.publishRecorded(tick -> tick.begin(EventKind.TASK, 1))).isFalse();
    }

    @Test
    void shouldRefuseActsWhoseIntentCouldNotBeRecorded() {
        stages.actCount = 1;
        stages.failing = "record";
        ring.start();
        ring.publish(tick -> tick.begin(EventKind.SAMPLE, 1));
        ring.close();
        assertThat(stages.seen).contains("refuse0").doesNotContain("dispatch0");
    }

    @Test
    void shouldStopActsAfterTheShaperFailedUntilAllowedAgain() {
        ring.start();
        stages.failing = "shape";
        ring.publish(tick -> tick.begin(EventKind.SAMPLE, 1));
        awaitEvents(ring);
        stages.failing = "";
        stages.actCount = 1;
        ring.publish(tick -> tick.begin(EventKind.SAMPLE, 1));
        awaitEvents(ring);
        assertThat(enforcement.stoppedReason()).contains("shape fails as told");
        enforcement.allow();
        ring.publish(tick -> tick.begin(EventKind.SAMPLE, 1));
        ring.close();
        assertThat(stages.seen).contains("refuse1", "dispatch2").doesNotContain("dispatch1");
    }

    @Test
    void shouldNotStandStillWhenAProducerFailsWhileFilling() {
        ring.start();
        assertThatThrownBy(() ->
                        ring.publish(tick -> {
                            throw new IllegalArgumentException("bad producer");
                        }))
                .hasMessage("bad producer");
        ring.publish(tick -> tick.begin(EventKind.SAMPLE, 1));
        ring.close();
        assertThat(stages.seen).contains("learn1").doesNotContain("learn0");
    }

    @Test
    void shouldDrainWhatIsPublishedOnClose() throws Exception {
        ring = ring(Assembly.FUSED, 1024);
        ring.start();
        CountDownLatch done = new CountDownLatch(4);
        for (int thread = 0; thread < 4; thread++) {
            Thread.ofPlatform()
                    .start(() -> {
                        for (int i = 0; i < 500; i++) {
                            ring.publish(tick -> tick.begin(EventKind.OUTCOME, 1));
                        }
                        done.countDown();
                    });
        }
        assertThat(done.await(20, SECONDS)).isTrue();
        ring.close();
        assertThat(counters.get(Counter.EVENTS)).isEqualTo(2000);
    }

    private void awaitEvents(EngineRing of) {
        long deadlineNs = System.nanoTime() + SECONDS.toNanos(10);
        while (of.backlogCount() > 0 && System.nanoTime() < deadlineNs) {
            Thread.onSpinWait();
        }
        assertThat(of.backlogCount()).isZero();
    }
}
