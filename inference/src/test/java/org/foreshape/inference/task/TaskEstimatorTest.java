package org.foreshape.inference.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Random;
import org.foreshape.ring.event.Quantiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class TaskEstimatorTest {
    private static final int MEMORY = TaskResource.MEMORY.ordinal();
    private static final int TASKS = 2000;

    private final TaskEstimator estimator = new TaskEstimator();
    private final TaskTraits task = new TaskTraits();
    private final double[] out = new double[Quantiles.COUNT];

    private void finish(String type, double complexity, double actual) {
        task.clear();
        task.type.set(type);
        task.complexity = complexity;
        task.actual[MEMORY] = actual;
        estimator.learn(task);
    }

    private double p95(String type, double complexity) {
        task.clear();
        task.type.set(type);
        task.complexity = complexity;
        assertThat(estimator.estimate(task, TaskResource.MEMORY, out)).isTrue();
        return out[Quantiles.P95];
    }

    @Test
    void shouldSayNothingBeforeAnyTaskFinished() {
        assertThat(estimator.estimate(task, TaskResource.MEMORY, out)).isFalse();
        assertThat(estimator.snapshot().entries()).isEmpty();
    }

    @Test
    void shouldBeUsableAfterTheFirstFinishedTask() {
        finish("sort:small", 2, 8000);
        assertThat(p95("sort:small", 1)).isCloseTo(4000, within(1e-6));
        assertThat(p95("sort:large", 1)).as("of its family").isCloseTo(4000, within(1e-6));
        assertThat(p95("other", 1)).as("of all").isCloseTo(4000, within(1e-6));
    }

    @Test
    void shouldPreferTheFamilyToOthersForANewType() {
        for (int k = 0; k < 12; k++) {
            finish("big-a", 1, 1e6 + 1e4 * k);
            finish("big-b", 1, 1.1e6 + 1e4 * k);
            finish("tiny-a", 1, 1e3 + 10 * k);
            finish("tiny-b", 1, 1.1e3 + 10 * k);
        }
        p95("tiny-c", 1);
        assertThat(out[Quantiles.MEDIAN]).isBetween(800.0, 1500.0);
        p95("big-c", 1);
        assertThat(out[Quantiles.MEDIAN]).isBetween(8e5, 1.5e6);
    }

    /**
     * All tasks that come after ten of their type have finished. Width: the .95 quantile by the
     * true one given the same traits, mean over tasks.
     */
    @ParameterizedTest
    @ValueSource(longs = {101, 102, 103, 104, 105, 106, 107, 108, 109, 110})
    void shouldCoverSkewedDemandOnceTenTasksOfATypeFinished(long seed) {
        SkewedTasks tasks = new SkewedTasks(seed);
        int[] finished = new int[SkewedTasks.TYPES];
        double covered = 0;
        double width = 0;
        int scored = 0;
        for (int k = 0; k < TASKS; k++) {
            int type = tasks.next(task, -1);
            boolean known = estimator.estimate(task, TaskResource.MEMORY, out);
            if (finished[type]++ >= 10) {
                assertThat(known).isTrue();
                scored++;
                covered += task.actual[MEMORY] <= out[Quantiles.P95] ? 1 : 0;
                width += out[Quantiles.P95] / tasks.quantile(type, .95);
            }
            estimator.learn(task);
        }
        System.out.printf(
                "seed %d: %d tasks scored, covered %.4f, width %.3f%n",
                seed, scored, covered / scored, width / scored);
        assertThat(covered / scored).isBetween(.92, .98);
        assertThat(width / scored).isLessThanOrEqualTo(1.3);
    }

    /** Harder: ten of each type finish, then nothing is learnt any more. */
    @Test
    void shouldCoverOverManyStreamsWithTenTasksOfEachTypeOnly() {
        double covered = 0;
        double width = 0;
        int scored = 0;
        for (long seed = 201; seed <= 220; seed++) {
            SkewedTasks tasks = new SkewedTasks(seed);
            TaskEstimator ten = new TaskEstimator();
            for (int k = 0; k < 10 * SkewedTasks.TYPES; k++) {
                tasks.next(task, k % SkewedTasks.TYPES);
                ten.learn(task);
            }
            for (int k = 0; k < 600; k++) {
                int type = tasks.next(task, -1);
                ten.estimate(task, TaskResource.MEMORY, out);
                covered += task.actual[MEMORY] <= out[Quantiles.P95] ? 1 : 0;
                width += out[Quantiles.P95] / tasks.quantile(type, .95);
                scored++;
            }
        }
        System.out.printf(
                "ten of each only, seeds 201 to 220: covered %.4f, width %.3f%n",
                covered / scored, width / scored);
        assertThat(covered / scored).isBetween(.92, .98);
    }

    @Test
    void shouldFollowARequestOnlyWhereItTellsSomething() {
        Random random = new Random(3);
        for (int k = 0; k < 60; k++) {
            double request = 1e5 * Math.exp(random.nextGaussian());
            task.clear();
            task.type.set("honest");
            task.requested[MEMORY] = request;
            task.actual[MEMORY] = request * .5 * Math.exp(.1 * random.nextGaussian());
            estimator.learn(task);
            task.type.set("blind");
            task.actual[MEMORY] = 5e4 * Math.exp(.1 * random.nextGaussian());
            estimator.learn(task);
        }
        task.clear();
        task.requested[MEMORY] = 4e5;
        task.type.set("honest");
        estimator.estimate(task, TaskResource.MEMORY, out);
        assertThat(out[Quantiles.MEDIAN]).isBetween(1.7e5, 2.3e5);
        task.type.set("blind");
        estimator.estimate(task, TaskResource.MEMORY, out);
        assertThat(out[Quantiles.MEDIAN]).isBetween(4e4, 6.5e4);
    }

    @Test
    void shouldGiveTheSameBitsForTheSameTasks() {
        TaskEstimator again = new TaskEstimator();
        SkewedTasks tasks = new SkewedTasks(7);
        double[] other = new double[Quantiles.COUNT];
        for (int k = 0; k < 500; k++) {
            tasks.next(task, -1);
            estimator.learn(task);
            again.learn(task);
            again.snapshot(); // Looking changes nothing.
            estimator.estimate(task, TaskResource.MEMORY, out);
            again.estimate(task, TaskResource.MEMORY, other);
            assertThat(other).isEqualTo(out);
            assertThat(out).isSorted();
        }
    }

    @Test
    void shouldCountNonsenseAndStayFinite() {
        finish("a", 1, 1000);
        finish("a", 1, 1200);
        double before = p95("a", 1);
        finish("a", 1, -5);
        finish("a", 1, Double.POSITIVE_INFINITY);
        finish("a", 1, Double.NaN);
        assertThat(p95("a", 1)).isEqualTo(before);
        assertThat(estimator.refusedCount()).isEqualTo(2);
        for (double complexity : new double[] {0, Double.NaN, 1e9, -1}) {
            assertThat(p95("a", complexity)).isFinite().isPositive();
            finish("a", complexity, 1000);
        }
        assertThat(estimator.refusedCount()).isEqualTo(6);
        finish("a", 1, 0);
        assertThat(p95("a", 1e9)).isFinite().isPositive();
    }

    @Test
    void shouldCountTypesThatFindNoPlaceAndTakeThemForAny() {
        for (int k = 0; k < TypeTree.TYPES_MAX; k++) {
            finish("t" + k, 1, 1000);
        }
        finish("late", 1, 1e9);
        assertThat(estimator.typesRefusedCount()).isEqualTo(1);
        assertThat(p95("late", 1)).isBetween(500.0, 5000.0);
    }

    @Test
    void shouldExportWhatItKnowsWithSampleSizes() {
        for (int k = 0; k < 20; k++) {
            finish("sort:a", 1, 1000 + 10 * k);
            finish("sort:b", 1, 2000 + 10 * k);
        }
        TaskMap map = estimator.snapshot();
        TaskMap.Entry a = map.find("sort:a", TaskResource.MEMORY).orElseThrow();
        assertThat(a.sampleCount()).isEqualTo(20);
        assertThat(a.quantile(.95, 1, 0)).isCloseTo(p95("sort:a", 1), within(1e-6));
        TaskMap.Entry family = map.find("sort:c", TaskResource.MEMORY).orElseThrow();
        assertThat(family.level()).isEqualTo(TaskMap.Level.FAMILY);
        assertThat(family.sampleCount()).isEqualTo(40);
        assertThat(map.find("else", TaskResource.MEMORY).orElseThrow().level())
                .isEqualTo(TaskMap.Level.ALL);
        assertThat(map.find("sort:a", TaskResource.CPU)).isEmpty();
    }

    @Test
    void shouldNotAllocate() {
        SkewedTasks tasks = new SkewedTasks(9);
        TaskTraits[] many = new TaskTraits[400];
        for (int k = 0; k < many.length; k++) {
            many[k] = new TaskTraits();
            tasks.next(many[k], -1);
        }
        work(many);
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        work(many);
        // One lump by the JVM itself is possible; a byte per task is not.
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(many.length);
    }

    private void work(TaskTraits[] many) {
        for (TaskTraits one : many) {
            estimator.estimate(one, TaskResource.MEMORY, out);
            estimator.learn(one);
        }
    }
}
