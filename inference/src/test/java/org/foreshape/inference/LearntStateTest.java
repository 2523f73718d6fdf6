package org.foreshape.inference;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.foreshape.inference.task.TaskEstimator;
import org.foreshape.inference.task.TaskResource;
import org.foreshape.inference.task.TaskTraits;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.LearntKind;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.Tick;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LearntStateTest {
    private static final long SEED = Long.getLong("foreshape.seed", 20_261_202L);
    private static final long MODEL = 77;
    private static final int SLOTS = 40;
    private static final int SIZE = QuantileTracker.STATE_SIZE;

    /** What a run has, and the records it wrote. */
    private static final class Run {
        final QuantileTracker tracker = new QuantileTracker(SLOTS, 300);
        final TaskEstimator estimator = new TaskEstimator();
        final LearntState state;
        final LearntPast past;
        final Tick tick = new Tick(SLOTS);
        final List<LearntKind> written = new ArrayList<>();

        Run(long model, LearntPast past) {
            this.past = past;
            state =
                    new LearntState(
                            SLOTS,
                            new TaskDemand(SLOTS, estimator),
                            new VmLearning(tracker, null),
                            model);
        }

        Run(LearntPast past) {
            this(MODEL, past);
        }

        void control(ControlKind kind, int slot, int vm) {
            tick.begin(EventKind.CONTROL, 0);
            tick.control.kind = kind;
            tick.control.vmSlot = slot;
            tick.control.vmUuidHigh = 5;
            tick.control.vmUuidLow = vm;
            state.take(tick);
            record();
        }

        void arrive(int slot, int vm) {
            control(ControlKind.VM_ARRIVED, slot, vm);
            tracker.reset(slot);
            state.welcome(slot);
        }

        void sample(long second) {
            tick.begin(EventKind.SAMPLE, second * 1_000_000_000L);
            state.take(tick);
            state.write(tick);
            record();
        }

        /** As a journal would have it. */
        void record() {
            if (tick.learnt.kind != LearntKind.NONE) {
                written.add(tick.learnt.kind);
            }
            past.take(tick);
        }

        void calibrate(int slot, Random random) {
            float[] shift = new float[SIZE];
            for (int k = 0; k < SIZE; k++) {
                shift[k] = (float) random.nextGaussian() / 2;
            }
            tracker.restore(slot, shift, 0);
            state.moved(slot);
        }

        void giveBack(LearntPast from) {
            control(ControlKind.ENGINE_STARTED, -1, 0);
            for (int k = 0; k < from.eventCount(); k++) {
                tick.begin(EventKind.LEARNT, 0);
                from.fill(k, tick.learnt);
                state.take(tick);
                record();
            }
        }

        float[] calibration(int slot) {
            float[] shift = new float[SIZE];
            tracker.save(slot, shift, 0);
            return shift;
        }

        void teach(int tasks, long seed) {
            Random random = new Random(seed);
            TaskTraits task = new TaskTraits();
            for (int k = 0; k < tasks; k++) {
                task.clear();
                task.type.set("type-" + random.nextInt(20));
                task.actual[TaskResource.MEMORY.ordinal()] = 1000 * Math.exp(random.nextGaussian());
                estimator.learn(task);
            }
        }
    }

    private static LearntPast past() {
        return new LearntPast(MODEL, LearntState.calibrationCountMax(SLOTS));
    }

    private final Random random = new Random(SEED);

    @Test
    void shouldLeaveTheCalibrationOfAnotherModelWithOneSentence() {
        LearntPast past = past();
        Run other = new Run(78, past);
        for (int vm = 0; vm < 3; vm++) {
            other.arrive(vm, vm);
            other.calibrate(vm, random);
        }
        other.sample(1);
        assertThat(past.eventCount()).isZero();
        assertThat(past.remarks()).singleElement().asString().contains("3 VMs", "another model");

        // A record that a forger, or a replay under another model, gives back all the same.
        Run run = new Run(past());
        run.arrive(0, 0);
        run.tick.begin(EventKind.LEARNT, 0);
        run.tick.learnt.copyFrom(other.tick.learnt);
        run.state.take(run.tick);
        assertThat(run.state.refusedCount()).isEqualTo(1);
        run.arrive(1, 1);
        assertThat(run.calibration(1)).containsOnly(0f);
    }

    @Test
    void shouldLeaveWhatIsCorruptOrOfAnotherLayoutWithOneSentenceEach() {
        LearntPast past = past();
        Run run = new Run(past);
        run.arrive(0, 0);
        run.calibrate(0, random);
        run.sample(1);
        byte[] good = run.calibration(0).length == SIZE ? bytes(past) : new byte[0];
        run.tick.learnt.payload.putFloat(28, Float.NaN);
        past.take(run.tick);
        run.tick.learnt.lengthBytes--;
        past.take(run.tick);
        run.tick.learnt.form = 9;
        past.take(run.tick);
        assertThat(past.remarks()).singleElement().asString().contains("not finite", "uncorrected");
        assertThat(bytes(past)).as("the older one counts").isEqualTo(good);

        run.teach(20, SEED);
        run.sample(2);
        LearntPast fresh = past();
        run.tick.learnt.partCount = 1;
        run.tick.learnt.payload.put(0, (byte) 99);
        fresh.take(run.tick);
        assertThat(fresh.hasEstimator()).isFalse();
        assertThat(fresh.remarks())
                .singleElement()
                .asString()
                .contains("99 families", "learnt anew");
        run.tick.learnt.identity = 5;
        fresh.take(run.tick);
        assertThat(fresh.remarks()).as("one sentence for each kind").hasSize(1);
    }

    @Test
    void shouldReadCalibrationsOfTheFirstLayout() {
        Run old = new Run(past());
        old.arrive(0, 0);
        old.calibrate(0, random);
        old.sample(1);
        assertThat(old.tick.learnt.form).as("nobody watches over its model").isEqualTo(1);

        SampleHistory history = new SampleHistory(SLOTS, 300);
        QuantileTracker tracker = new QuantileTracker(SLOTS, 300);
        DriftWatch drift = new DriftWatch(history, 50);
        VmLearning watched = new VmLearning(tracker, drift);
        LearntState state =
                new LearntState(SLOTS, new TaskDemand(SLOTS, new TaskEstimator()), watched, MODEL);
        Tick tick = new Tick(SLOTS);
        tick.begin(EventKind.LEARNT, 0);
        old.past.fill(0, tick.learnt);
        assertThat(tick.learnt.form).as("what is missing in it is 0").isEqualTo(2);
        state.take(tick);
        tick.begin(EventKind.LEARNT, 0);
        tick.learnt.copyFrom(old.tick.learnt);
        state.take(tick);
        assertThat(state.refusedCount()).isZero();
        tick.begin(EventKind.CONTROL, 0);
        tick.control.kind = ControlKind.VM_ARRIVED;
        tick.control.vmSlot = 7;
        tick.control.vmUuidHigh = 5;
        state.take(tick);
        state.welcome(7);
        float[] shift = new float[SIZE];
        tracker.save(7, shift, 0);
        assertThat(shift).isEqualTo(old.calibration(0));
        assertThat(drift.isDrifted(7)).isFalse();
    }

    private static byte[] bytes(LearntPast past) {
        Tick tick = new Tick(1);
        tick.begin(EventKind.LEARNT, 0);
        past.fill(0, tick.learnt);
        byte[] bytes = new byte[tick.learnt.lengthBytes];
        tick.learnt.payload.get(0, bytes);
        return bytes;
    }

    @Test
    void shouldTakeTheOlderSnapshotWhenTheRunEndsWithinTheNewer() {
        LearntPast past = past();
        Run run = new Run(past);
        run.teach(100, SEED);
        for (int second = 0; second < 30; second++) {
            run.sample(second);
        }
        assertThat(run.state.unsavedParts()).isZero();
        assertThat(past.hasEstimator()).isTrue();
        var before = run.estimator.snapshot();
        run.teach(100, SEED + 1);
        run.sample(70);
        assertThat(run.state.unsavedParts()).as("the run ends here").isPositive();

        Run next = new Run(past());
        next.giveBack(past);
        assertThat(next.estimator.snapshot()).isEqualTo(before);
        // The snapshot that was given back is the journal's newest whole one from now on.
        Run third = new Run(past());
        third.giveBack(next.past);
        assertThat(third.estimator.snapshot()).isEqualTo(before);
    }

    @Test
    void shouldHaveAfterARestartWhatWasThereBefore() {
        System.out.println("seed " + SEED);
        LearntPast past = past();
        Run run = new Run(past);
        for (int vm = 0; vm < SLOTS; vm++) {
            run.arrive(vm, vm);
        }
        for (int second = 0; second < 300; second++) {
            for (int k = random.nextInt(8); k > 0; k--) {
                run.calibrate(random.nextInt(SLOTS), random);
            }
            run.teach(1, second);
            run.sample(second);
        }
        while (run.state.unsavedParts() > 0) {
            run.control(ControlKind.SAVE, -1, 0);
        }
        assertThat(run.written).contains(LearntKind.CALIBRATION, LearntKind.ESTIMATOR);

        Run next = new Run(past());
        next.giveBack(past);
        assertThat(next.state.unsavedParts()).as("it is in the journal already").isZero();
        for (int vm = 0; vm < SLOTS; vm++) {
            int slot = SLOTS - 1 - vm;
            next.arrive(slot, vm);
            assertThat(next.calibration(slot)).isEqualTo(run.calibration(vm));
        }
        assertThat(next.estimator.snapshot()).isEqualTo(run.estimator.snapshot());
        double[] a = new double[Quantiles.COUNT];
        double[] b = new double[Quantiles.COUNT];
        TaskTraits task = new TaskTraits();
        task.type.set("type-3");
        run.estimator.estimate(task, TaskResource.MEMORY, a);
        next.estimator.estimate(task, TaskResource.MEMORY, b);
        assertThat(b).isEqualTo(a);
    }

    @Test
    void shouldGiveAVmThatComesBackItsCalibration() {
        Run run = new Run(past());
        run.arrive(0, 1);
        run.calibrate(0, random);
        float[] shift = run.calibration(0);
        run.control(ControlKind.VM_DEPARTED, 0, 1);
        run.sample(1);
        run.arrive(0, 2);
        assertThat(run.calibration(0)).as("another VM").containsOnly(0f);
        run.arrive(7, 1);
        assertThat(run.calibration(7)).isEqualTo(shift);
        Run next = new Run(past());
        next.giveBack(run.past);
        next.arrive(3, 1);
        assertThat(next.calibration(3)).as("written after it left").isEqualTo(shift);
        // One that came and went unseen must not take what the slot held before.
        run.control(ControlKind.VM_DEPARTED, 7, 1);
        run.control(ControlKind.VM_ARRIVED, 7, 3);
        run.control(ControlKind.VM_DEPARTED, 7, 3);
        run.arrive(8, 3);
        assertThat(run.calibration(8)).containsOnly(0f);
    }

    @Test
    void shouldForgetTheVmsThatAreGoneForLongest() {
        Run run = new Run(past());
        int most = LearntState.calibrationCountMax(SLOTS);
        for (int vm = 0; vm <= most; vm++) {
            run.arrive(0, vm);
            run.calibrate(0, new Random(vm));
            run.control(ControlKind.VM_DEPARTED, 0, vm);
        }
        run.arrive(1, most);
        assertThat(run.calibration(1)[0]).isNotZero();
        run.arrive(2, 1);
        assertThat(run.calibration(2)[0]).isNotZero();
        run.arrive(3, 0);
        assertThat(run.calibration(3)).containsOnly(0f);
    }

    @Test
    void shouldWriteEverythingOnceMoreEachHour() {
        Run run = new Run(past());
        for (int vm = 0; vm < SLOTS; vm++) {
            run.arrive(vm, vm);
            run.calibrate(vm, random);
        }
        run.teach(3, SEED);
        for (int second = 0; second < 100; second++) {
            run.sample(second);
        }
        int calibrations = parts(run, LearntKind.CALIBRATION);
        int estimators = parts(run, LearntKind.ESTIMATOR);
        assertThat(calibrations).isEqualTo(2);
        assertThat(estimators).isPositive();
        run.past.take(run.tick);
        for (int second = 3600; second < 3700; second++) {
            run.sample(second);
        }
        assertThat(parts(run, LearntKind.CALIBRATION)).isEqualTo(2 * calibrations);
        assertThat(parts(run, LearntKind.ESTIMATOR)).isEqualTo(2 * estimators);
    }

    private static int parts(Run run, LearntKind kind) {
        return (int) run.written.stream().filter(k -> k == kind).count();
    }

    @Test
    void shouldNotAllocate() {
        Run run = new Run(past());
        for (int vm = 0; vm < SLOTS; vm++) {
            run.arrive(vm, vm);
        }
        run.teach(100, SEED);
        Tick tick = new Tick(SLOTS);
        for (int k = 0; k < 3000; k++) {
            tick(run, tick, k);
        }
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int k = 3000; k < 6000; k++) {
            tick(run, tick, k);
        }
        // One lump by the JVM itself is possible; a byte per tick is not.
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(3000);
    }

    private static void tick(Run run, Tick tick, long minute) {
        tick.begin(EventKind.SAMPLE, minute * 60_000_000_000L);
        run.state.moved((int) (minute % SLOTS));
        run.state.take(tick);
        run.state.write(tick);
    }
}
