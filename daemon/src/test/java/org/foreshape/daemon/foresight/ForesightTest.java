package org.foreshape.daemon.foresight;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.foreshape.inference.horizon.TaskBook;
import org.foreshape.ring.DistinctErrors;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.EventWriter;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.TaskSection;
import org.foreshape.ring.event.TaskState;
import org.foreshape.ring.event.Tick;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ForesightTest {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long DAY_NS = 86_400 * SECOND_NS;

    /** A clock that stands where the test puts it. */
    private final class Hands implements EngineClock {
        @Override
        public long timeNs() {
            return nowNs;
        }

        @Override
        public double speed() {
            return 1;
        }
    }

    /** What the engine was told. */
    private record Told(TaskState state, String id, long startNs) {}

    private final class Ring implements EventPublisher {
        @Override
        public void publish(EventWriter writer) {
            Tick tick = new Tick(1);
            writer.write(tick);
            told.add(
                    new Told(
                            tick.task.state,
                            tick.task.id.toString(),
                            tick.task.plannedStartTimeNs));
            foresight.learn(tick);
        }

        @Override
        public boolean tryPublish(EventWriter writer) {
            publish(writer);
            return true;
        }
    }

    private final List<Told> told = new ArrayList<>();
    private final Map<Integer, TaskBook.Seat> vms = Map.of(0, new TaskBook.Seat("web-0", 1));
    private long nowNs = 20_000 * DAY_NS;
    private final Foresight foresight =
            new Foresight(new TaskBook(), () -> vms, new Tick(1), tick -> {}, new DistinctErrors());

    @AfterEach
    void close() {
        foresight.close();
    }

    private void start() throws InterruptedException {
        foresight.start(new Ring(), new Hands());
        foresight.close(); // The test takes the turns itself.
    }

    private Tick task(String id, TaskState state, long startNs) {
        Tick tick = new Tick(1);
        tick.begin(EventKind.TASK, nowNs);
        tick.task.state = state;
        tick.task.id.set(id);
        tick.task.type.set("backup");
        tick.task.vmSlot = 0;
        tick.task.vmGeneration = 1;
        tick.task.plannedStartTimeNs = startNs;
        tick.task.expectedDurationNs = 1000 * SECOND_NS;
        return tick;
    }

    @Test
    void shouldDropAndCountWhatFindsNoRoom() {
        for (int k = 0; k < 300; k++) {
            foresight.learn(task("t" + k, TaskState.ANNOUNCED, nowNs));
        }
        assertThat(foresight.droppedCount()).isEqualTo(44);
        assertThat(foresight.map().tasks()).hasSize(256);
    }

    @Test
    void shouldTellWhenATaskStartsThatWaitsForAnother() throws InterruptedException {
        start();
        foresight.learn(task("first", TaskState.STARTED, nowNs));
        Tick second = task("second", TaskState.ANNOUNCED, nowNs + 60 * SECOND_NS);
        second.task.dependencyCount = 1;
        second.task.dependencies[0].set("first");
        foresight.learn(second);
        foresight.round();
        assertThat(told)
                .containsExactly(
                        new Told(TaskState.RESCHEDULED, "second", nowNs + 1000 * SECOND_NS));
        foresight.round();
        assertThat(told).as("nothing new").hasSize(1);
        nowNs += 100 * SECOND_NS;
        foresight.learn(task("first", TaskState.FINISHED, nowNs));
        foresight.round();
        assertThat(told).hasSize(2);
        assertThat(told.getLast()).isEqualTo(new Told(TaskState.RESCHEDULED, "second", nowNs));
        foresight.learn(task("second", TaskState.STARTED, nowNs));
        nowNs += 100 * SECOND_NS;
        foresight.round();
        assertThat(told).hasSize(2);
    }

    private void run(String id) {
        foresight.learn(task(id, TaskState.STARTED, nowNs));
        foresight.round();
        foresight.learn(task(id, TaskState.FINISHED, nowNs));
        foresight.round();
    }

    @Test
    void shouldExpectWhatComesEachDayUntilItIsAnnounced() throws InterruptedException {
        start();
        for (int day = 0; day < 6; day++) {
            run("backup-" + day);
            nowNs += DAY_NS;
        }
        told.clear();
        nowNs -= 600 * SECOND_NS; // Ten minutes before the next.
        foresight.round();
        assertThat(told)
                .singleElement()
                .satisfies(one -> {
                    assertThat(one.state()).isEqualTo(TaskState.ANTICIPATED);
                    assertThat(one.id()).isEqualTo("again:backup@0");
                    assertThat(one.startNs())
                            .isBetween(nowNs + 590 * SECOND_NS, nowNs + 600 * SECOND_NS);
                });
        foresight.round();
        assertThat(told).as("nothing new").hasSize(1);
        foresight.learn(task("backup-6", TaskState.ANNOUNCED, nowNs + 600 * SECOND_NS));
        foresight.round();
        assertThat(told).hasSize(2);
        assertThat(told.getLast().state()).isEqualTo(TaskState.WITHDRAWN);
        assertThat(told.getLast().id()).isEqualTo("again:backup@0");
    }

    @Test
    void shouldNoLongerExpectWhatDidNotCome() throws InterruptedException {
        start();
        for (int day = 0; day < 6; day++) {
            run("backup-" + day);
            nowNs += DAY_NS;
        }
        nowNs -= 600 * SECOND_NS;
        foresight.round();
        told.clear();
        nowNs += 3600 * SECOND_NS;
        foresight.round();
        assertThat(told).singleElement().matches(one -> one.state() == TaskState.WITHDRAWN);
    }

    @Test
    void shouldNotAllocateOnTheEnginesThread() {
        Tick task = task("t", TaskState.ANNOUNCED, nowNs);
        Tick sample = new Tick(1);
        sample.begin(EventKind.SAMPLE, nowNs);
        sample.sample.slotCount = 1;
        work(task, sample, 20_000);
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        work(task, sample, 20_000);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(20_000);
    }

    /** Mostly without room; each hundredth turn the reader, who may allocate, is not asked. */
    private void work(Tick task, Tick sample, int count) {
        for (int k = 0; k < count; k++) {
            foresight.learn(sample);
            foresight.learn(task);
        }
        assertThat(task.task.plannedStartTimeNs).isNotEqualTo(TaskSection.UNKNOWN);
    }
}
