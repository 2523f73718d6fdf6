package org.foreshape.daemon.engine;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.foreshape.hypervisor.Hypervisor;
import org.foreshape.hypervisor.VmMemory;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.act.ActOrder;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.ControlSection;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.TaskSection;
import org.foreshape.ring.event.TaskState;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;
import org.jspecify.annotations.Nullable;

/**
 * VMs of a {@link Rehearsal}: numbers that wander, and acts that are done at once. {@link #start}
 * publishes a run of samples as fast as the ring takes them and returns at its end.
 */
final class RehearsalVms implements Hypervisor {
    /** Few VMs: what counts is how often a method is called. */
    static final int COUNT = 8;

    /** Three times the calls after which the JVM compiles for good, as the launcher sets it. */
    private static final int SAMPLE_COUNT = 1_500;

    /** Pause between the later samples, so that each is a batch of its own, as in earnest. */
    private static final long PAUSE_NS = 100_000;

    private static final int STEPS_PER_RUN = 60;

    /** A task comes and goes so often. */
    private static final int SAMPLES_PER_TASK = 30;

    private static final List<TaskState> TASK_STATES =
            List.of(TaskState.ANNOUNCED, TaskState.STARTED, TaskState.FINISHED);

    private static final long KIB_MAX = 4L << 20;
    private static final long KIB_START = 1L << 20;
    private static final int VCPUS = 2;

    private final long wallNsMax;
    private final BooleanSupplier isEnded;
    private final long samplePeriodNs;
    private final SplittableRandom random = new SplittableRandom(1);
    private final long[] allocationKib = new long[COUNT];
    private final long[] usedKib = new long[COUNT];
    private final Object acts = new Object();
    private int sampleCount;

    /**
     * VMs that publish for a while.
     *
     * @param wallNsMax how long at most
     * @param gridStepSeconds a step of the forecaster
     * @param isEnded asked before each sample whether it was the last
     */
    RehearsalVms(long wallNsMax, int gridStepSeconds, BooleanSupplier isEnded) {
        this.wallNsMax = wallNsMax;
        this.isEnded = isEnded;
        // So many steps in all that the model, which wants a history first, has its part.
        this.samplePeriodNs = 1_000_000_000L * gridStepSeconds * STEPS_PER_RUN / SAMPLE_COUNT;
    }

    /** Samples published so far. */
    int sampleCount() {
        return sampleCount;
    }

    @Override
    public String name() {
        return "rehearsal";
    }

    @Override
    public void start(EventPublisher publisher, EngineClock clock) {
        long startNs = System.nanoTime();
        long originNs = clock.timeNs();
        for (int slot = 0; slot < COUNT; slot++) {
            allocationKib[slot] = KIB_START;
            usedKib[slot] = KIB_START / 2;
            int arriving = slot;
            publisher.publish(tick -> arrive(tick, originNs, arriving));
        }
        while (sampleCount < SAMPLE_COUNT
                && System.nanoTime() - startNs < wallNsMax
                && !isEnded.getAsBoolean()) {
            sampleCount++;
            long timeNs = originNs + sampleCount * samplePeriodNs;
            publisher.expect();
            publisher.publish(tick -> sample(tick, timeNs));
            if (sampleCount % SAMPLES_PER_TASK == 0) {
                for (TaskState state : TASK_STATES) {
                    publisher.publish(tick -> task(tick, timeNs, state));
                }
            }
            if (sampleCount > SAMPLE_COUNT / 3) {
                LockSupport.parkNanos(PAUSE_NS);
            }
        }
    }

    private static void arrive(Tick tick, long timeNs, int slot) {
        tick.begin(EventKind.CONTROL, timeNs);
        ControlSection control = tick.control;
        control.kind = ControlKind.VM_ARRIVED;
        control.vmSlot = slot;
        control.vmGeneration = 1;
        control.vmName.set("rehearsal-" + slot);
        control.vmUuidLow = slot;
        control.mode = VmMode.ENFORCE;
        control.priority = slot % 10;
        control.floorKib = KIB_MAX / 16;
        control.ceilingKib = KIB_MAX;
        control.originalKib = KIB_START;
        control.amountKib = KIB_START;
    }

    private void sample(Tick tick, long timeNs) {
        tick.begin(EventKind.SAMPLE, timeNs);
        SampleSection sample = tick.sample;
        sample.slotCount = COUNT;
        synchronized (acts) {
            for (int slot = 0; slot < COUNT; slot++) {
                long step = random.nextLong(-KIB_START / 16, KIB_START / 16 + 1);
                usedKib[slot] = Math.clamp(usedKib[slot] + step, KIB_START / 8, KIB_MAX / 2);
                sample.present[slot] = true;
                sample.generation[slot] = 1;
                sample.statsTimeNs[slot] = timeNs;
                sample.allocationKib[slot] = allocationKib[slot];
                sample.maximumKib[slot] = KIB_MAX;
                sample.guestTotalKib[slot] = allocationKib[slot];
                sample.usableKib[slot] = Math.max(0, allocationKib[slot] - usedKib[slot]);
                sample.unusedKib[slot] = sample.usableKib[slot] / 2;
                sample.residentKib[slot] = allocationKib[slot];
                sample.cpuMillicores[slot] = random.nextLong(1000L * VCPUS);
                sample.storageKib[slot] = KIB_MAX + sampleCount;
                sample.storageCapacityKib[slot] = 2 * KIB_MAX;
                sample.vcpuCount[slot] = VCPUS;
                sample.vcpuCountMax[slot] = VCPUS;
            }
        }
        sample.hostMemoryKib = KIB_MAX * COUNT;
        sample.hostAvailableKib = KIB_MAX;
    }

    /** Of few types, so that each is learnt from more than once. */
    private void task(Tick tick, long timeNs, TaskState state) {
        int number = sampleCount / SAMPLES_PER_TASK;
        tick.begin(EventKind.TASK, timeNs);
        TaskSection task = tick.task;
        task.state = state;
        task.id.set("rehearsal-task-" + number);
        task.type.set("rehearsal-" + number % 3);
        task.vmSlot = number % COUNT;
        task.vmGeneration = 1;
        task.priority = number % 10;
        task.complexity = 1 + number % 4;
        task.plannedStartTimeNs = timeNs;
        if (state == TaskState.FINISHED) {
            task.actualMemoryKib = KIB_START / 16 * (1 + number % 4);
            task.actualCpuMillicores = 250L * (1 + number % 4);
            task.actualStorageKib = KIB_START / 32 * (1 + number % 4);
            task.actualDurationNs = samplePeriodNs * (1 + number % 5);
        }
    }

    @Override
    public void perform(ActOrder order, OutcomeSection outcome) {
        if (order.kind.resizes()) {
            synchronized (acts) {
                allocationKib[order.vmSlot] = order.amount;
            }
        }
        outcome.status = OutcomeStatus.DONE;
    }

    @Override
    public boolean isConnected() {
        return true;
    }

    @Override
    public void attend(int vmSlot, int vmGeneration, long untilTimeNs) {}

    @Override
    public @Nullable VmMemory memoryOf(int vmSlot, int vmGeneration) {
        return null;
    }

    @Override
    public void close() {}
}
