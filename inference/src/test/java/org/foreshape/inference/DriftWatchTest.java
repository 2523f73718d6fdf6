package org.foreshape.inference;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import org.foreshape.ring.event.Quantiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A watch over forecasts that are made by hand, on use that moves by chance. */
@Timeout(60)
class DriftWatchTest {
    private static final long SEED = Long.getLong("foreshape.seed", 20_261_130L);
    private static final int VMS = 10;
    private static final int HORIZON_S = 300;
    private static final int PERIOD_S = 20;
    private static final int FALSE_ALARMS = 2016;

    /** Above where the use can go: nothing is ever wrong with it but that it is wide. */
    private static final double WIDE = 60;

    private final Random random = new Random(SEED);
    private final SampleHistory history = new SampleHistory(VMS, 300);
    private final Samples samples = new Samples(VMS);
    private final double[] use = new double[VMS];
    private final float[] row = new float[FeatureSchema.OUTPUT_COUNT];
    private DriftWatch watch = new DriftWatch(history, FALSE_ALARMS);
    private long second = 3 * HORIZON_S;

    DriftWatchTest() {
        System.out.println("seed " + SEED);
    }

    /** How far above the present use each quantile of a VM's model lies, by level. */
    private interface Model {
        double above(int vm, double level);
    }

    /** The use is a new one in each period, 20 to 40 %. */
    private static double good(double level) {
        // The quantile of the highest of the draws that follow the first one of a horizon.
        int draws = HORIZON_S / PERIOD_S - 1;
        return 20 + 20 * Math.pow(level, 1. / draws);
    }

    private void sample(Model model) {
        for (int vm = 0; vm < VMS; vm++) {
            use[vm] = 20 + 20 * random.nextDouble();
        }
        sampleAgain(model);
    }

    private void sampleAgain(Model model) {
        samples.at(second);
        for (int vm = 0; vm < VMS; vm++) {
            samples.vm(vm, 1, use[vm], use[vm]);
        }
        follow(model);
    }

    private void follow(Model model) {
        history.observe(samples.tick);
        if (watch.follow(samples.tick)) {
            for (int vm = 0; vm < VMS; vm++) {
                forecast(vm, model);
                watch.keep(vm, row);
            }
        }
        second += PERIOD_S;
    }

    private void forecast(int vm, Model model) {
        for (int resource = 0; resource < FeatureSchema.RESOURCE_COUNT; resource++) {
            float unit = history.units()[vm * FeatureSchema.RESOURCE_COUNT + resource];
            for (int q = 0; q < Quantiles.COUNT; q++) {
                row[FeatureSchema.outputIndex(resource, 0, q)] =
                        (float) (unit * model.above(vm, Quantiles.level(q)));
            }
        }
    }

    private void horizons(int count, Model model) {
        for (int k = 0; k < count * HORIZON_S / PERIOD_S; k++) {
            sample(model);
        }
    }

    @Test
    void shouldLeaveAModelAloneThatIsAsGoodAsThePlainForecaster() {
        horizons(200, (vm, level) -> good(level));
        assertThat(watch.driftedVms()).isZero();
        assertThat(watch.alarms()).isZero();
        assertThat(watch.isAlarmed()).isFalse();
    }

    @Test
    void shouldGiveOneVmToThePlainForecasterAndTakeItBack() {
        horizons(50, (vm, level) -> good(level));
        int horizons = 0;
        while (!watch.isDrifted(3)) {
            horizons(1, (vm, level) -> vm == 3 ? 10 + level : good(level));
            assertThat(++horizons).isLessThan(10);
        }
        System.out.println("after " + horizons + " horizons");
        assertThat(watch.driftedVms()).isEqualTo(1);
        for (int vm = 0; vm < VMS; vm++) {
            assertThat(watch.isDrifted(vm)).as("VM %d", vm).isEqualTo(vm == 3);
        }
        horizons = 0;
        while (watch.isDrifted(3)) {
            horizons(1, (vm, level) -> good(level));
            assertThat(++horizons).isLessThan(60);
        }
        horizons(50, (vm, level) -> good(level));
        assertThat(watch.driftedVms()).isZero();
    }

    @Test
    void shouldAlarmOnceWhenTheModelIsTooLowOfManyAndStartAnewWithAnother() {
        horizons(50, (vm, level) -> good(level));
        int horizons = 0;
        while (!watch.isAlarmed()) {
            horizons(1, (vm, level) -> vm < 5 ? 30 : good(level));
            assertThat(++horizons).isLessThanOrEqualTo(10);
        }
        System.out.println("after " + horizons + " horizons");
        assertThat(watch.aboveShare()).isGreaterThan(.1f);
        horizons(20, (vm, level) -> vm < 5 ? 30 : good(level));
        assertThat(watch.alarms()).isEqualTo(1);
        assertThat(watch.driftedVms()).isEqualTo(5);
        assertThat(watch.lossRatio()).isGreaterThan(1f);

        watch.startAnew();
        assertThat(watch.isAlarmed()).isFalse();
        assertThat(watch.driftedVms()).isZero();
        horizons(20, (vm, level) -> good(level));
        assertThat(watch.driftedVms()).isZero();
        assertThat(watch.alarms()).isEqualTo(1);
    }

    @Test
    void shouldLeaveAModelAloneThatMissesItsLevelsAndIsStillTheBetterOne() {
        // The use stands still but for a step each half hour, so the plain forecaster is wide. The
        // model knows the steps, and is a little too low.
        for (int k = 0; k < 60 * HORIZON_S / PERIOD_S; k++) {
            Arrays.fill(use, step(second));
            double peak = Math.max(step(second), step(second + HORIZON_S - PERIOD_S));
            sampleAgain((vm, level) -> peak - .1);
        }
        assertThat(watch.aboveShare()).isEqualTo(1);
        assertThat(watch.alarms()).isZero();
        assertThat(watch.driftedVms()).isZero();
    }

    @Test
    void shouldNotMindAModelThatIsALittleWideWhereNothingMoves() {
        Arrays.fill(use, 30);
        for (int k = 0; k < 100 * HORIZON_S / PERIOD_S; k++) {
            sampleAgain((vm, level) -> 29.98 + .06 * level);
        }
        assertThat(watch.lossRatio()).as("the plain one knows it exactly").isGreaterThan(2);
        assertThat(watch.alarms()).isZero();
        assertThat(watch.driftedVms()).isZero();
    }

    private static double step(long atSecond) {
        return atSecond / 1800 % 2 == 0 ? 20 : 60;
    }

    @Test
    void shouldAlarmWhenTheModelIsFarTooWide() {
        int horizons = 0;
        while (!watch.isAlarmed()) {
            horizons(1, (vm, level) -> good(level) + WIDE * level);
            assertThat(++horizons).isLessThan(40);
        }
        assertThat(watch.aboveShare()).isZero();
    }

    @Test
    void shouldNotScoreWhatItDidNotSeeToTheEnd() {
        horizons(2, (vm, level) -> good(level));
        for (int k = 0; k < 40; k++) {
            // A horizon in which nothing is sampled, and one that begins after it.
            second += 2 * HORIZON_S;
            sample((vm, level) -> 5);
        }
        assertThat(watch.driftedVms()).as("gaps").isZero();
        for (int k = 0; k < 40 * HORIZON_S / PERIOD_S; k++) {
            samples.at(second);
            for (int vm = 0; vm < VMS; vm++) {
                samples.vm(vm, 1, 35, 35);
                samples.tick.sample.statsTimeNs[vm] -= 120 * Samples.SECOND_NS;
            }
            follow((vm, level) -> 5);
        }
        assertThat(watch.driftedVms()).as("stale statistics").isZero();
        horizons(40, (vm, level) -> 5);
        assertThat(watch.driftedVms()).as("statistics that are fresh").isEqualTo(VMS);
    }

    @Test
    void shouldNotScoreAVmWhoseSizeChanged() {
        for (int k = 0; k < 60 * HORIZON_S / PERIOD_S; k++) {
            samples.at(second);
            for (int vm = 0; vm < VMS; vm++) {
                samples.vm(vm, 1, 35, 35);
                long other = second / HORIZON_S % 2 == 0 ? 1 : 0;
                samples.tick.sample.maximumKib[vm] = Samples.MAXIMUM_KIB - (other << 18);
            }
            follow((vm, level) -> 5);
        }
        assertThat(watch.driftedVms()).isZero();
    }

    @Test
    void shouldForgetWhenAnotherVmTakesTheSlot() {
        horizons(40, (vm, level) -> 5);
        assertThat(watch.isDrifted(0)).isTrue();
        watch.reset(0);
        assertThat(watch.isDrifted(0)).isFalse();
        assertThat(watch.isDrifted(1)).isTrue();
    }

    @Test
    void shouldKeepWhatItKnowsOfAVmOverARestart() {
        horizons(40, (vm, level) -> vm == 0 ? 5 : good(level));
        float[] state = new float[DriftWatch.STATE_SIZE];
        watch.save(0, state, 0);
        watch = new DriftWatch(history, FALSE_ALARMS);
        watch.restore(0, state, 0);
        assertThat(watch.isDrifted(0)).isTrue();
        float[] again = new float[DriftWatch.STATE_SIZE];
        watch.save(0, again, 0);
        assertThat(again).isEqualTo(state);
        horizons(2, (vm, level) -> good(level));
        assertThat(watch.isDrifted(0)).as("it has to show that it is better").isTrue();
        DriftWatch off = new DriftWatch(history, 0);
        off.restore(0, state, 0);
        assertThat(off.isDrifted(0)).isFalse();
    }

    @Test
    void shouldDoNothingWhenItIsOff() {
        watch = new DriftWatch(history, 0);
        assertThat(watch.isOn()).isFalse();
        horizons(60, (vm, level) -> 5);
        assertThat(watch.driftedVms()).isZero();
        assertThat(watch.alarms()).isZero();
    }

    @Test
    void shouldAllocateNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long self = Thread.currentThread().threadId();
        horizons(300, (vm, level) -> vm < 5 ? 30 : good(level));
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 3; round++) {
            long before = threads.getThreadAllocatedBytes(self);
            horizons(50, (vm, level) -> vm < 5 ? 30 : good(level));
            least = Math.min(least, threads.getThreadAllocatedBytes(self) - before);
        }
        assertThat(least).isLessThan(200); // The forecasts' lambdas.
    }
}
