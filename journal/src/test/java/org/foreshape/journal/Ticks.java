package org.foreshape.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.LearntKind;
import org.foreshape.ring.event.LearntSection;
import org.foreshape.ring.event.Limit;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.PressureSource;
import org.foreshape.ring.event.Reason;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.TaskSection;
import org.foreshape.ring.event.TaskState;
import org.foreshape.ring.event.Text;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.Verdict;
import org.foreshape.ring.event.VmMode;

/** Events for tests: random in every field, and compared in every field. */
final class Ticks {
    private Ticks() {}

    /** Fills every field of an event with random bits. */
    static void fill(Tick tick, Random random, long sequence) {
        EventKind kind = EventKind.of(random.nextInt(EventKind.values().length));
        tick.begin(kind, random.nextLong());
        tick.sequence = sequence;
        switch (kind) {
            case SAMPLE -> {
                fillSample(tick.sample, random);
                if (random.nextInt(4) > 0) {
                    fillForecast(tick.forecast, random);
                }
            }
            case TASK -> fillTask(tick.task, random);
            case PRESSURE -> {
                tick.pressure.source = pick(PressureSource.values(), random);
                tick.pressure.vmSlot = random.nextInt();
                tick.pressure.vmGeneration = random.nextInt();
                tick.pressure.value = random.nextLong();
            }
            case CONTROL -> fillControl(tick, random);
            case OUTCOME -> fillOutcome(tick, random);
            case LEARNT -> fillLearnt(tick.learnt, random);
        }
        if (random.nextInt(4) == 0) {
            fillLearnt(tick.learnt, random);
        }
        if (random.nextBoolean()) {
            fillPlan(tick.plan, random);
        }
    }

    static void fillSample(SampleSection sample, Random random) {
        sample.slotCount = random.nextInt(sample.present.length + 1);
        for (int slot = 0; slot < sample.slotCount; slot++) {
            sample.present[slot] = random.nextBoolean();
            sample.statsTimeNs[slot] = random.nextLong();
            sample.allocationKib[slot] = random.nextLong();
            sample.maximumKib[slot] = random.nextLong();
            sample.guestTotalKib[slot] = random.nextLong();
            sample.usableKib[slot] = random.nextLong();
            sample.unusedKib[slot] = random.nextLong();
            sample.diskCacheKib[slot] = random.nextLong();
            sample.residentKib[slot] = random.nextLong();
            sample.swapInKib[slot] = random.nextLong();
            sample.majorFaultCount[slot] = random.nextLong();
            sample.cpuTimeNs[slot] = random.nextLong();
            sample.cpuMillicores[slot] = random.nextLong();
            sample.storageKib[slot] = random.nextLong();
            sample.storageCapacityKib[slot] = random.nextLong();
            sample.diskReadBytes[slot] = random.nextLong();
            sample.diskWriteBytes[slot] = random.nextLong();
            sample.netReceivedBytes[slot] = random.nextLong();
            sample.netSentBytes[slot] = random.nextLong();
            sample.stalledNs[slot] = random.nextLong();
            sample.generation[slot] = random.nextInt();
            sample.vcpuCount[slot] = random.nextInt();
            sample.vcpuCountMax[slot] = random.nextInt();
        }
        sample.hostMemoryKib = random.nextLong();
        sample.hostAvailableKib = random.nextLong();
        sample.hostCpuMillicores = random.nextLong();
        sample.hostMemoryStallNs = random.nextLong();
    }

    static void fillForecast(ForecastSection forecast, Random random) {
        forecast.slotCount = random.nextInt(forecast.source.length + 1);
        for (int slot = 0; slot < forecast.slotCount; slot++) {
            forecast.source[slot] = pick(ForecastSource.values(), random);
            forecast.taskKib[slot] = random.nextLong();
            forecast.taskCpuMillicores[slot] = random.nextLong();
            forecast.taskStorageKib[slot] = random.nextLong();
            forecast.taskStartTimeNs[slot] = random.nextLong();
        }
        for (int i = 0; i < forecast.slotCount * ForecastSection.STRIDE; i++) {
            // Any bits, NaNs with a payload included.
            forecast.quantile[i] = Float.intBitsToFloat(random.nextInt());
        }
    }

    static void fillLearnt(LearntSection learnt, Random random) {
        learnt.kind = random.nextBoolean() ? LearntKind.CALIBRATION : LearntKind.ESTIMATOR;
        learnt.form = random.nextInt();
        learnt.identity = random.nextLong();
        learnt.number = random.nextLong();
        learnt.part = random.nextInt();
        learnt.partCount = random.nextInt();
        learnt.lengthBytes =
                random.nextInt(3) == 0
                        ? LearntSection.PAYLOAD_BYTES_MAX
                        : random.nextInt(LearntSection.PAYLOAD_BYTES_MAX);
        random.nextBytes(learnt.payload.array());
    }

    static void fillPlan(PlanSection plan, Random random) {
        plan.made = random.nextInt(8) > 0;
        plan.budgetKib = random.nextLong();
        plan.deadlineTimeNs = random.nextLong();
        plan.slotCount = random.nextInt(plan.verdict.length + 1);
        for (int slot = 0; slot < plan.slotCount; slot++) {
            plan.verdict[slot] = pick(Verdict.values(), random);
            plan.reason[slot] = pick(Reason.values(), random);
            plan.limit[slot] = pick(Limit.values(), random);
            plan.demandKib[slot] = random.nextLong();
            plan.wantKib[slot] = random.nextLong();
            plan.targetKib[slot] = random.nextLong();
            plan.allocationKib[slot] = random.nextLong();
            plan.partnerSlot[slot] = random.nextInt();
        }
        int actCount = random.nextInt(plan.slotCount + 1);
        for (int act = 0; act < actCount; act++) {
            plan.addAct(act, random.nextInt(), pick(ActKind.values(), random), random.nextLong());
        }
    }

    static void fillTask(TaskSection task, Random random) {
        task.state = pick(TaskState.values(), random);
        fillText(task.id, random);
        fillText(task.type, random);
        task.vmSlot = random.nextInt();
        task.vmGeneration = random.nextInt();
        task.priority = random.nextInt();
        task.complexity = Float.intBitsToFloat(random.nextInt());
        task.plannedStartTimeNs = random.nextLong();
        task.expectedDurationNs = random.nextLong();
        task.expectedMemoryKib = random.nextLong();
        task.actualMemoryKib = random.nextLong();
        task.expectedCpuMillicores = random.nextLong();
        task.expectedStorageKib = random.nextLong();
        task.actualCpuMillicores = random.nextLong();
        task.actualStorageKib = random.nextLong();
        task.actualDurationNs = random.nextLong();
        task.dependencyCount = random.nextInt(TaskSection.DEPENDENCY_COUNT_MAX + 1);
        for (int i = 0; i < task.dependencyCount; i++) {
            fillText(task.dependencies[i], random);
        }
    }

    static void fillControl(Tick tick, Random random) {
        tick.control.kind = pick(ControlKind.values(), random);
        tick.control.vmSlot = random.nextInt();
        tick.control.vmGeneration = random.nextInt();
        fillText(tick.control.vmName, random);
        tick.control.vmUuidHigh = random.nextLong();
        tick.control.vmUuidLow = random.nextLong();
        tick.control.mode = pick(VmMode.values(), random);
        tick.control.priority = random.nextInt();
        tick.control.floorKib = random.nextLong();
        tick.control.ceilingKib = random.nextLong();
        tick.control.originalKib = random.nextLong();
        tick.control.amountKib = random.nextLong();
        tick.control.timeNs = random.nextLong();
        fillText(tick.control.text, random);
    }

    private static void fillOutcome(Tick tick, Random random) {
        tick.outcome.planSequence = random.nextLong();
        tick.outcome.vmSlot = random.nextInt();
        tick.outcome.vmGeneration = random.nextInt();
        tick.outcome.actKind = pick(ActKind.values(), random);
        tick.outcome.status = pick(OutcomeStatus.values(), random);
        tick.outcome.requested = random.nextLong();
        tick.outcome.durationNs = random.nextLong();
        tick.outcome.errorCode = random.nextInt();
        fillText(tick.outcome.message, random);
    }

    private static void fillText(Text text, Random random) {
        // The longest, the empty and everything between; two-byte letters now and then.
        int length = random.nextBoolean() ? text.capacityBytes() : random.nextInt(20);
        StringBuilder value = new StringBuilder();
        while (value.length() < length) {
            value.append((char) (random.nextInt(10) == 0 ? 0xE4 : 'a' + random.nextInt(26)));
        }
        text.set(value.toString());
    }

    private static <T> T pick(T[] values, Random random) {
        return values[random.nextInt(values.length)];
    }

    /** Fails unless both events are the same in everything that is journaled. */
    static void assertSame(Tick a, Tick b) {
        assertThat(b.kind).isEqualTo(a.kind);
        assertThat(b.sequence).isEqualTo(a.sequence);
        assertThat(b.timeNs).isEqualTo(a.timeNs);
        if (a.kind == EventKind.SAMPLE) {
            assertThat(b.sample.slotCount).isEqualTo(a.sample.slotCount);
            // Slots behind slotCount are empty in both, so whole arrays are compared.
            assertThat(b.sample.present).isEqualTo(a.sample.present);
            assertThat(b.sample.statsTimeNs).isEqualTo(a.sample.statsTimeNs);
            assertThat(b.sample.allocationKib).isEqualTo(a.sample.allocationKib);
            assertThat(b.sample.maximumKib).isEqualTo(a.sample.maximumKib);
            assertThat(b.sample.guestTotalKib).isEqualTo(a.sample.guestTotalKib);
            assertThat(b.sample.usableKib).isEqualTo(a.sample.usableKib);
            assertThat(b.sample.unusedKib).isEqualTo(a.sample.unusedKib);
            assertThat(b.sample.diskCacheKib).isEqualTo(a.sample.diskCacheKib);
            assertThat(b.sample.residentKib).isEqualTo(a.sample.residentKib);
            assertThat(b.sample.swapInKib).isEqualTo(a.sample.swapInKib);
            assertThat(b.sample.majorFaultCount).isEqualTo(a.sample.majorFaultCount);
            assertThat(b.sample.cpuTimeNs).isEqualTo(a.sample.cpuTimeNs);
            assertThat(b.sample.cpuMillicores).isEqualTo(a.sample.cpuMillicores);
            assertThat(b.sample.storageKib).isEqualTo(a.sample.storageKib);
            assertThat(b.sample.storageCapacityKib).isEqualTo(a.sample.storageCapacityKib);
            assertThat(b.sample.diskReadBytes).isEqualTo(a.sample.diskReadBytes);
            assertThat(b.sample.diskWriteBytes).isEqualTo(a.sample.diskWriteBytes);
            assertThat(b.sample.netReceivedBytes).isEqualTo(a.sample.netReceivedBytes);
            assertThat(b.sample.netSentBytes).isEqualTo(a.sample.netSentBytes);
            assertThat(b.sample.stalledNs).isEqualTo(a.sample.stalledNs);
            assertThat(b.sample.hostMemoryKib).isEqualTo(a.sample.hostMemoryKib);
            assertThat(b.sample.hostAvailableKib).isEqualTo(a.sample.hostAvailableKib);
            assertThat(b.sample.hostCpuMillicores).isEqualTo(a.sample.hostCpuMillicores);
            assertThat(b.sample.hostMemoryStallNs).isEqualTo(a.sample.hostMemoryStallNs);
            assertThat(b.sample.generation).isEqualTo(a.sample.generation);
            assertThat(b.sample.vcpuCount).isEqualTo(a.sample.vcpuCount);
            assertThat(b.sample.vcpuCountMax).isEqualTo(a.sample.vcpuCountMax);
        }
        switch (a.kind) {
            case SAMPLE -> {}
            case TASK -> {
                assertThat(b.task)
                        .usingRecursiveComparison()
                        .ignoringFieldsOfTypes(Text.class)
                        .ignoringFields("dependencies", "complexity")
                        .isEqualTo(a.task);
                assertThat(Float.floatToRawIntBits(b.task.complexity))
                        .isEqualTo(Float.floatToRawIntBits(a.task.complexity));
                assertText(a.task.id, b.task.id);
                assertText(a.task.type, b.task.type);
                for (int i = 0; i < a.task.dependencyCount; i++) {
                    assertText(a.task.dependencies[i], b.task.dependencies[i]);
                }
            }
            case PRESSURE ->
                    assertThat(b.pressure).usingRecursiveComparison().isEqualTo(a.pressure);
            case CONTROL -> {
                assertThat(b.control)
                        .usingRecursiveComparison()
                        .ignoringFieldsOfTypes(Text.class)
                        .isEqualTo(a.control);
                assertText(a.control.vmName, b.control.vmName);
                assertText(a.control.text, b.control.text);
            }
            case LEARNT -> {}
            case OUTCOME -> {
                assertThat(b.outcome)
                        .usingRecursiveComparison()
                        .ignoringFieldsOfTypes(Text.class)
                        .isEqualTo(a.outcome);
                assertText(a.outcome.message, b.outcome.message);
            }
        }
        assertThat(b.forecast.slotCount).isEqualTo(a.forecast.slotCount);
        assertThat(b.forecast.source).isEqualTo(a.forecast.source);
        assertThat(b.forecast.taskKib).isEqualTo(a.forecast.taskKib);
        assertThat(b.forecast.taskCpuMillicores).isEqualTo(a.forecast.taskCpuMillicores);
        assertThat(b.forecast.taskStorageKib).isEqualTo(a.forecast.taskStorageKib);
        assertThat(b.forecast.taskStartTimeNs).isEqualTo(a.forecast.taskStartTimeNs);
        assertThat(bits(b.forecast)).isEqualTo(bits(a.forecast));
        assertThat(b.plan.firstDifference(a.plan)).isNull();
        assertThat(b.learnt.contentEquals(a.learnt)).as("learnt").isTrue();
    }

    private static int[] bits(ForecastSection forecast) {
        int[] bits = new int[forecast.quantile.length];
        Arrays.setAll(bits, i -> Float.floatToRawIntBits(forecast.quantile[i]));
        return bits;
    }

    private static void assertText(Text a, Text b) {
        assertThat(b.contentEquals(a)).as("text %s against %s", a, b).isTrue();
    }
}
