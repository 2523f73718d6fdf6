package org.foreshape.inference.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.foreshape.ring.event.Quantiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An estimator's state, written and taken back. */
@Timeout(60)
class SavedEstimatorTest {
    private static final long SEED = Long.getLong("foreshape.seed", 20_261_201L);

    private final TaskEstimator estimator = new TaskEstimator();

    private static byte[] saved(TaskEstimator of) {
        ByteBuffer out = buffer(of.savedBytesMax());
        of.save(out);
        byte[] bytes = new byte[out.position()];
        out.get(0, bytes);
        return bytes;
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static ByteBuffer of(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void teach(SkewedTasks tasks, int count, TaskEstimator... pupils) {
        TaskTraits task = new TaskTraits();
        for (int k = 0; k < count; k++) {
            tasks.next(task, -1);
            task.actual[TaskResource.DURATION.ordinal()] = 1e9 * (1 + k % 7);
            for (TaskEstimator pupil : pupils) {
                pupil.learn(task);
            }
        }
    }

    @Test
    void shouldRefuseWhatEndsTooEarlyAndKnowNothingThen() {
        System.out.println("seed " + SEED);
        SkewedTasks tasks = new SkewedTasks(SEED);
        teach(tasks, 50, estimator);
        byte[] whole = saved(estimator);
        TaskTraits task = new TaskTraits();
        for (int length = 0; length < whole.length; length += 1 + length / 50) {
            TaskEstimator other = new TaskEstimator();
            teach(tasks, 5, other);
            byte[] part = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> other.restore(of(part)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("start without it");
            assertThat(other.estimate(task, TaskResource.MEMORY, new double[Quantiles.COUNT]))
                    .isFalse();
        }
    }

    @Test
    void shouldRefuseWhatNoEstimatorWrote() {
        teach(new SkewedTasks(SEED), 50, estimator);
        byte[] whole = saved(estimator);
        assertRefused(Arrays.copyOf(whole, whole.length + 1), "left over");
        byte[] manyTypes = whole.clone();
        manyTypes[2] = 77;
        assertRefused(manyTypes, "77 types");
        byte[] longName = whole.clone();
        longName[5] = 99;
        assertRefused(longName, "99 bytes");
        byte[] notFinite = whole.clone();
        // The last figure of all is a score or a figure of a law; NaN in all its bytes.
        Arrays.fill(notFinite, notFinite.length - 2000, notFinite.length, (byte) 0xFF);
        assertThatThrownBy(() -> new TaskEstimator().restore(of(notFinite)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static void assertRefused(byte[] bytes, String reason) {
        assertThatThrownBy(() -> new TaskEstimator().restore(of(bytes)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void shouldGoOnAsIfItHadNeverStopped() {
        System.out.println("seed " + SEED);
        SkewedTasks tasks = new SkewedTasks(SEED);
        for (int round = 0; round < 12; round++) {
            TaskEstimator restarted = new TaskEstimator();
            byte[] before = saved(estimator);
            restarted.restore(of(before));
            assertThat(saved(restarted)).as("round " + round).isEqualTo(before);
            assertThat(restarted.snapshot()).isEqualTo(estimator.snapshot());
            teach(tasks, 100, estimator, restarted);
            assertThat(saved(restarted)).as("round " + round).isEqualTo(saved(estimator));
        }
    }

    @Test
    void shouldHaveRoomForAllTypesThereCanBe() {
        TaskTraits task = new TaskTraits();
        for (int type = 0; type < TypeTree.TYPES_MAX + 10; type++) {
            for (int k = 0; k < ScorePools.TYPE_SCORES + 2; k++) {
                task.clear();
                task.type.set("f%02d-a-name-of-full-length-%05d".formatted(type % 40, type));
                for (int r = 0; r < TaskResource.COUNT; r++) {
                    task.requested[r] = 1e6;
                    task.actual[r] = 1e6 + k;
                }
                estimator.learn(task);
            }
        }
        assertThat(estimator.typesRefusedCount()).isPositive();
        byte[] whole = saved(estimator);
        System.out.printf(
                "the largest state there can be: %d bytes of %d%n",
                whole.length, estimator.savedBytesMax());
        TaskEstimator restarted = new TaskEstimator();
        restarted.restore(of(whole));
        assertThat(saved(restarted)).isEqualTo(whole);
    }

    @Test
    void shouldNotAllocate() {
        teach(new SkewedTasks(SEED), 200, estimator);
        ByteBuffer out = buffer(estimator.savedBytesMax());
        roundTrips(out, 200);
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        roundTrips(out, 200);
        // One lump by the JVM itself is possible; one per round trip is not. Clearing takes the
        // seven arrays of each law by a list of them, which happens at a restore only.
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(2_000);
    }

    private void roundTrips(ByteBuffer out, int count) {
        for (int k = 0; k < count; k++) {
            estimator.save(out.clear());
        }
    }
}
