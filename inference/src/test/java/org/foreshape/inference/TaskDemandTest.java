package org.foreshape.inference;

import static org.assertj.core.api.Assertions.assertThat;

import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.TaskSection;
import org.foreshape.ring.event.TaskState;
import org.junit.jupiter.api.Test;

class TaskDemandTest {
    private final SampleHistory history = new SampleHistory(2, 300);
    private final FallbackForecaster forecaster = new FallbackForecaster(history);
    private final Samples samples = new Samples(2);

    private void task(long second, String id, TaskState state, long startSecond, long kib) {
        samples.tick.begin(EventKind.TASK, second * Samples.SECOND_NS);
        var task = samples.tick.task;
        task.id.set(id);
        task.type.set("sort");
        task.state = state;
        task.vmSlot = 0;
        task.vmGeneration = 1;
        task.plannedStartTimeNs = startSecond * Samples.SECOND_NS;
        task.expectedMemoryKib = kib;
        if (state == TaskState.FINISHED) {
            task.actualMemoryKib = kib;
        }
        history.observe(samples.tick);
        forecaster.forecast(samples.tick);
    }

    private long taskKibAt(long second, double memoryPercent) {
        samples.at(second).vm(0, 1, memoryPercent, 0);
        history.observe(samples.tick);
        forecaster.forecast(samples.tick);
        return samples.tick.forecast.taskKib[0];
    }

    @Test
    void shouldCountAnAnnouncedTaskOnlyWithinTheLongestHorizon() {
        task(0, "a", TaskState.ANNOUNCED, 2000, 1000);
        assertThat(taskKibAt(10, 50)).isZero();
        assertThat(taskKibAt(1100, 50)).isEqualTo(1000);
        assertThat(samples.tick.forecast.taskStartTimeNs[0]).isEqualTo(2000 * Samples.SECOND_NS);
        assertThat(taskKibAt(2000 + 901, 50)).as("never started").isZero();
    }

    @Test
    void shouldSumTasksAndForgetThoseThatEnded() {
        task(0, "a", TaskState.ANNOUNCED, 100, 1000);
        task(0, "b", TaskState.ANNOUNCED, 200, 500);
        assertThat(taskKibAt(10, 50)).isEqualTo(1500);
        task(20, "a", TaskState.WITHDRAWN, 100, 1000);
        assertThat(taskKibAt(30, 50)).isEqualTo(500);
        task(40, "b", TaskState.FINISHED, 200, 500);
        assertThat(taskKibAt(50, 50)).isZero();
    }

    @Test
    void shouldCountARunningTaskWithWhatItHasNotTakenYet() {
        long quarter = Samples.MAXIMUM_KIB / 4;
        taskKibAt(5, 50);
        task(6, "a", TaskState.STARTED, 6, quarter);
        assertThat(taskKibAt(10, 50)).isEqualTo(quarter);
        assertThat(taskKibAt(11, 62.5)).isEqualTo(quarter / 2);
        assertThat(taskKibAt(12, 90)).isZero();
    }

    @Test
    void shouldStartATaskInTheVmOfItsAnnouncementWhenItsStartNamesNone() {
        long quarter = Samples.MAXIMUM_KIB / 4;
        task(0, "a", TaskState.ANNOUNCED, 100, quarter);
        taskKibAt(5, 50);
        samples.tick.begin(EventKind.TASK, 6 * Samples.SECOND_NS);
        samples.tick.task.id.set("a");
        samples.tick.task.state = TaskState.STARTED;
        forecaster.forecast(samples.tick);
        assertThat(taskKibAt(10, 62.5)).as("half of it is taken").isEqualTo(quarter / 2);
        assertThat(taskKibAt(100 + 901, 50)).as("not overdue: it runs").isEqualTo(quarter);
        samples.tick.begin(EventKind.TASK, 1002 * Samples.SECOND_NS);
        samples.tick.task.id.set("nobody knows it");
        samples.tick.task.state = TaskState.STARTED;
        forecaster.forecast(samples.tick);
        assertThat(taskKibAt(1003, 50)).isEqualTo(quarter);
    }

    @Test
    void shouldLearnTheDemandOfATypeFromFinishedTasks() {
        task(0, "old", TaskState.FINISHED, 0, 4000);
        task(1, "new", TaskState.ANNOUNCED, 60, TaskSection.UNKNOWN);
        assertThat(taskKibAt(10, 50)).isEqualTo(4000);
    }

    @Test
    void shouldLearnFromTheFamilyAndScaleByComplexity() {
        task(0, "old", TaskState.FINISHED, 0, 4000);
        announce(1, "new", "sort:large", 2);
        assertThat(taskKibAt(10, 50)).isEqualTo(8000);
    }

    @Test
    void shouldEstimateAWaitingTaskAnewWhenOneOfItsTypeFinishes() {
        announce(0, "new", "sort", 1);
        assertThat(taskKibAt(10, 50)).isZero();
        task(11, "old", TaskState.FINISHED, 0, 4000);
        assertThat(taskKibAt(12, 50)).isEqualTo(4000);
    }

    @Test
    void shouldLearnNothingFromAWithdrawnTask() {
        task(0, "gone", TaskState.ANNOUNCED, 100, 3000);
        task(1, "gone", TaskState.WITHDRAWN, 100, 3000);
        announce(2, "new", "sort", 1);
        assertThat(taskKibAt(10, 50)).isZero();
    }

    @Test
    void shouldCountCpuAndStorageAsItCountsMemory() {
        announce(0, "a", "sort", 1);
        samples.tick.task.expectedCpuMillicores = 700;
        samples.tick.task.expectedStorageKib = 5000;
        forecaster.forecast(samples.tick);
        assertThat(taskKibAt(10, 50)).as("nothing is known of its memory").isZero();
        assertThat(samples.tick.forecast.taskCpuMillicores[0]).isEqualTo(700);
        assertThat(samples.tick.forecast.taskStorageKib[0]).isEqualTo(5000);
        assertThat(samples.tick.forecast.taskStartTimeNs[0]).isEqualTo(60 * Samples.SECOND_NS);
        samples.tick.begin(EventKind.TASK, 60 * Samples.SECOND_NS);
        samples.tick.task.id.set("a");
        samples.tick.task.state = TaskState.STARTED;
        forecaster.forecast(samples.tick);
        samples.at(61).vm(0, 1, 50, 10);
        samples.tick.sample.storageKib[0] = Samples.STORAGE_KIB + 2000;
        history.observe(samples.tick);
        forecaster.forecast(samples.tick);
        assertThat(samples.tick.forecast.taskCpuMillicores[0]).as("200 are taken").isEqualTo(500);
        assertThat(samples.tick.forecast.taskStorageKib[0]).as("2000 are").isEqualTo(3000);
    }

    @Test
    void shouldLearnCpuAndStorageFromFinishedTasks() {
        task(0, "old", TaskState.FINISHED, 0, 4000);
        samples.tick.task.actualCpuMillicores = 800;
        samples.tick.task.actualStorageKib = 6000;
        forecaster.forecast(samples.tick);
        announce(1, "new", "sort", 1);
        assertThat(taskKibAt(10, 50)).isEqualTo(4000);
        assertThat(samples.tick.forecast.taskCpuMillicores[0]).isEqualTo(800);
        assertThat(samples.tick.forecast.taskStorageKib[0]).isEqualTo(6000);
    }

    @Test
    void shouldCountARunningTaskOfAVmThatWasNotSeenFromItsFirstSampleOn() {
        long quarter = Samples.MAXIMUM_KIB / 4;
        task(0, "a", TaskState.STARTED, 0, quarter);
        assertThat(taskKibAt(1, 50)).isEqualTo(quarter);
        assertThat(taskKibAt(2, 62.5)).isEqualTo(quarter / 2);
    }

    private void announce(long second, String id, String type, float complexity) {
        samples.tick.begin(EventKind.TASK, second * Samples.SECOND_NS);
        var task = samples.tick.task;
        task.id.set(id);
        task.type.set(type);
        task.complexity = complexity;
        task.vmSlot = 0;
        task.vmGeneration = 1;
        task.plannedStartTimeNs = 60 * Samples.SECOND_NS;
        history.observe(samples.tick);
        forecaster.forecast(samples.tick);
    }

    @Test
    void shouldDropTheTasksOfAVmThatIsGone() {
        task(0, "a", TaskState.ANNOUNCED, 100, 1000);
        samples.at(10).vm(0, 2, 50, 0);
        history.observe(samples.tick);
        forecaster.forecast(samples.tick);
        assertThat(samples.tick.forecast.taskKib[0]).isZero();
    }

    @Test
    void shouldLookForATaskWhereItIsForeseenToStart() {
        task(0, "a", TaskState.ANNOUNCED, 100, 1000);
        task(1, "a", TaskState.RESCHEDULED, 5000, TaskSection.UNKNOWN);
        assertThat(taskKibAt(10, 50)).isZero();
        assertThat(taskKibAt(100 + 901, 50)).as("not overdue: it waits").isZero();
        assertThat(taskKibAt(4500, 50)).as("what was told stays").isEqualTo(1000);
        assertThat(samples.tick.forecast.taskStartTimeNs[0]).isEqualTo(5000 * Samples.SECOND_NS);
        task(4600, "a", TaskState.STARTED, 4600, 1000);
        task(4601, "a", TaskState.RESCHEDULED, 9000, TaskSection.UNKNOWN);
        assertThat(taskKibAt(4602, 50)).as("it runs already").isEqualTo(1000);
    }

    @Test
    void shouldMakeNoTaskOfOldNews() {
        task(0, "a", TaskState.ANNOUNCED, 100, 1000);
        task(1, "a", TaskState.FINISHED, 100, 1000);
        task(2, "a", TaskState.RESCHEDULED, 100, 1000);
        assertThat(taskKibAt(10, 50)).isZero();
    }

    @Test
    void shouldCountAnAnticipatedTaskUntilItIsWithdrawn() {
        task(0, "old", TaskState.FINISHED, 0, 4000);
        task(1, "again:sort@0", TaskState.ANTICIPATED, 60, TaskSection.UNKNOWN);
        assertThat(taskKibAt(10, 50)).isEqualTo(4000);
        task(11, "again:sort@0", TaskState.WITHDRAWN, 0, TaskSection.UNKNOWN);
        assertThat(taskKibAt(12, 50)).isZero();
    }
}
