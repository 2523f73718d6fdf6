package org.foreshape.inference.horizon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.foreshape.inference.LearntPast;
import org.foreshape.inference.horizon.HorizonMap.Entry;
import org.foreshape.inference.horizon.HorizonMap.Part;
import org.foreshape.inference.task.StartSimulation;
import org.foreshape.inference.task.TaskEstimator;
import org.foreshape.inference.task.TaskResource;
import org.foreshape.inference.task.TaskTraits;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.LearntKind;
import org.foreshape.ring.event.LearntSection;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.TaskSection;
import org.foreshape.ring.event.TaskState;
import org.foreshape.ring.event.Tick;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HorizonMapTest {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long NOW_NS = 1_000_000 * SECOND_NS;
    private static final long MOST_KIB = 4L << 20;
    private static final long STORAGE_MOST_KIB = 100_000;

    private final TaskBook book = new TaskBook();
    private final Tick event = new Tick(2);
    private final Tick sample = new Tick(2);
    private long sequence;

    private void control(ControlKind kind, int slot, String name) {
        event.begin(EventKind.CONTROL, NOW_NS);
        event.control.kind = kind;
        event.control.vmSlot = slot;
        event.control.vmGeneration = 1;
        event.control.vmName.set(name);
        book.take(event, Amounts.UNKNOWN);
    }

    private TaskSection task(String id, TaskState state, long inSeconds, long kib) {
        event.begin(EventKind.TASK, NOW_NS);
        event.sequence = ++sequence;
        event.task.id.set(id);
        event.task.type.set("sort");
        event.task.state = state;
        event.task.vmSlot = 0;
        event.task.vmGeneration = 1;
        event.task.priority = 3;
        event.task.plannedStartTimeNs = NOW_NS + inSeconds * SECOND_NS;
        event.task.expectedMemoryKib = kib;
        return event.task;
    }

    private void tell(String id, TaskState state, long inSeconds, long kib) {
        task(id, state, inSeconds, kib);
        book.take(event, new Amounts(500_000, 300, 40_000));
    }

    /** Both VMs use 1 GiB, and are forecast to peak evenly between 1 and 2 GiB. */
    private HorizonMap map() {
        sample.begin(EventKind.SAMPLE, NOW_NS);
        sample.sample.slotCount = 2;
        sample.forecast.slotCount = 2;
        for (int slot = 0; slot < 2; slot++) {
            sample.sample.present[slot] = true;
            sample.sample.generation[slot] = 1;
            sample.sample.maximumKib[slot] = MOST_KIB;
            sample.sample.allocationKib[slot] = MOST_KIB;
            sample.sample.usableKib[slot] = MOST_KIB - (1 << 20);
            sample.sample.statsTimeNs[slot] = NOW_NS;
            sample.sample.vcpuCount[slot] = 2;
            sample.sample.cpuMillicores[slot] = 600;
            sample.sample.storageKib[slot] = 44_000;
            sample.sample.storageCapacityKib[slot] = STORAGE_MOST_KIB;
            sample.forecast.source[slot] = ForecastSource.MODEL;
            for (Horizon horizon : Horizon.values()) {
                int at = ForecastSection.offset(slot, Resource.MEMORY, horizon);
                for (int q = 0; q < Quantiles.COUNT; q++) {
                    sample.forecast.quantile[at + q] =
                            (float) ((1 << 20) * (1 + Quantiles.level(q)));
                }
                at = ForecastSection.offset(slot, Resource.STORAGE, horizon);
                Arrays.fill(sample.forecast.quantile, at, at + Quantiles.COUNT, 44_000f);
            }
        }
        return HorizonMap.of(book, sample);
    }

    private static Entry entry(HorizonMap map, int slot, Horizon horizon, Part part) {
        return entry(map, Resource.MEMORY, slot, horizon, part);
    }

    private static Entry entry(
            HorizonMap map, Resource resource, int slot, Horizon horizon, Part part) {
        return map.entries().stream()
                .filter(e -> e.slot() == slot && e.resource() == resource)
                .filter(e -> e.horizon() == horizon && e.part() == part)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void shouldBeTheForecastsThemselvesWithoutTasks() {
        control(ControlKind.VM_ARRIVED, 0, "web-0");
        HorizonMap map = map();
        assertThat(map.entries()).hasSize(2 * 3 * 2 * 2).noneMatch(e -> e.part() == Part.TASKS);
        Entry own = entry(map, 0, Horizon.MINUTES_5, Part.OWN);
        Entry total = entry(map, 0, Horizon.MINUTES_5, Part.TOTAL);
        assertThat(total.quantiles()).isEqualTo(own.quantiles());
        assertThat(own.vm()).isEqualTo("web-0");
        assertThat(own.mean()).isCloseTo(1.5 * (1 << 20), within(.01 * (1 << 20)));
        assertThat(Math.sqrt(own.variance()))
                .isCloseTo((1 << 20) / Math.sqrt(12), within(.02 * (1 << 20)));
        assertThat(own.low()).isCloseTo(own.quantiles().getFirst(), within(1.));
        assertThat(own.high()).isCloseTo(own.quantiles().get(Quantiles.P95), within(1.));
    }

    @Test
    void shouldSaySoWhenNothingIsKnownOrNothingCanStart() {
        task("a", TaskState.ANNOUNCED, 60, TaskSection.UNKNOWN).dependencyCount = 1;
        event.task.dependencies[0].set("b");
        book.take(event, Amounts.UNKNOWN);
        task("b", TaskState.ANNOUNCED, 60, 1000).dependencyCount = 1;
        event.task.dependencies[0].set("a");
        book.take(event, Amounts.UNKNOWN);
        tell("c", TaskState.ANNOUNCED, 60, TaskSection.UNKNOWN);
        HorizonMap map = map();
        assertThat(map.refused()).containsOnlyKeys("a", "b");
        assertThat(map.tasks()).extracting(HorizonMap.Task::id).containsExactly("c");
        assertThat(map.tasks().getFirst().remarks())
                .anyMatch(r -> r.contains("nothing is known of its memory"));
        assertThat(map.entries()).noneMatch(e -> e.part() == Part.TASKS);
        for (int k = 0; k < StartSimulation.TASKS_MAX + 5; k++) {
            tell("many-" + k, TaskState.ANNOUNCED, 60, 1);
        }
        assertThat(book.leftOutCount()).isEqualTo(8);
        assertThat(map().tasks()).hasSize(StartSimulation.TASKS_MAX - 2);
    }

    @Test
    void shouldAddWhatWasToldWhereTheTaskStartsWithinTheHorizon() {
        tell("a", TaskState.ANNOUNCED, 600, 300_000);
        HorizonMap map = map();
        for (Horizon horizon : Horizon.values()) {
            boolean within = horizon == Horizon.MINUTES_15;
            Entry own = entry(map, 0, horizon, Part.OWN);
            Entry tasks = entry(map, 0, horizon, Part.TASKS);
            Entry total = entry(map, 0, horizon, Part.TOTAL);
            assertThat(tasks.type()).isEqualTo("sort");
            assertThat(tasks.priority()).isEqualTo(3);
            assertThat(tasks.mean()).isCloseTo(within ? 300_000 : 0, within(1.));
            assertThat(tasks.variance()).isCloseTo(0, within(1.));
            for (int q = 0; q < Quantiles.COUNT; q++) {
                double plus = total.quantiles().get(q) - own.quantiles().get(q);
                assertThat(plus).isCloseTo(within ? 300_000 : 0, within(.005 * (1 << 20)));
            }
            assertThat(entry(map, 1, horizon, Part.TOTAL).taskCount()).isZero();
        }
    }

    @Test
    void shouldNotGoBeyondWhatTheVmCanHave() {
        tell("a", TaskState.ANNOUNCED, 10, 3 * MOST_KIB);
        HorizonMap map = map();
        Entry total = entry(map, 0, Horizon.MINUTES_5, Part.TOTAL);
        assertThat(total.quantiles()).containsOnly((double) MOST_KIB);
        assertThat(entry(map, 0, Horizon.MINUTES_5, Part.TASKS).mean())
                .isCloseTo(3. * MOST_KIB, within(1.));
    }

    @Test
    void shouldCountARunningTaskWithWhatItHasNotTakenYet() {
        tell("a", TaskState.STARTED, 0, 700_000);
        // Its VM used 500,000 KiB then, and uses 1,048,576 now.
        HorizonMap map = map();
        assertThat(entry(map, 0, Horizon.MINUTES_5, Part.TASKS).mean())
                .isCloseTo(700_000 - 548_576, within(1.));
        assertThat(map.tasks().getFirst().running()).isTrue();
        tell("a", TaskState.FINISHED, 0, 700_000);
        assertThat(map().tasks()).isEmpty();
    }

    /** CPU and storage as memory: told and learnt, waiting and running, by type and priority. */
    @Test
    void shouldMapCpuAndStorageOfTasks() {
        learn("sort", 200_000, 400. * SECOND_NS);
        task("told", TaskState.ANNOUNCED, 60, 1).expectedCpuMillicores = 700;
        event.task.expectedStorageKib = 9000;
        event.task.priority = 7;
        book.take(event, Amounts.UNKNOWN);
        tell("learnt", TaskState.ANNOUNCED, 600, 1);
        HorizonMap map = map();
        for (Horizon horizon : Horizon.values()) {
            boolean both = horizon == Horizon.MINUTES_15;
            assertThat(of(map, Resource.CPU, horizon, 7)).isCloseTo(700, within(1.));
            assertThat(of(map, Resource.STORAGE, horizon, 7)).isCloseTo(9000, within(1.));
            assertThat(of(map, Resource.CPU, horizon, 3)).isCloseTo(both ? 500 : 0, within(30.));
            assertThat(of(map, Resource.STORAGE, horizon, 3))
                    .isCloseTo(both ? 50_000 : 0, within(3000.));
        }
        Entry own = entry(map, Resource.CPU, 0, Horizon.MINUTES_15, Part.OWN);
        Entry total = entry(map, Resource.CPU, 0, Horizon.MINUTES_15, Part.TOTAL);
        assertThat(total.taskCount()).isEqualTo(2);
        assertThat(total.mean() - own.mean()).isCloseTo(1200, within(50.));
        // It started at 300 thousandths of a core and 40,000 KiB; now it is 600 and 44,000.
        task("told", TaskState.STARTED, 0, 1).expectedCpuMillicores = 700;
        event.task.expectedStorageKib = 9000;
        event.task.priority = 7;
        book.take(event, new Amounts(500_000, 300, 40_000));
        map = map();
        assertThat(of(map, Resource.CPU, Horizon.MINUTES_5, 7)).isCloseTo(400, within(1.));
        assertThat(of(map, Resource.STORAGE, Horizon.MINUTES_5, 7)).isCloseTo(5000, within(1.));
    }

    private static double of(HorizonMap map, Resource resource, Horizon horizon, int priority) {
        return map.entries().stream()
                .filter(e -> e.part() == Part.TASKS && e.resource() == resource)
                .filter(e -> e.horizon() == horizon && e.priority() == priority)
                .filter(e -> e.type().equals("sort") && e.slot() == 0)
                .findFirst()
                .orElseThrow()
                .mean();
    }

    @Test
    void shouldNotGoBeyondWhatDisksCanHold() {
        task("a", TaskState.ANNOUNCED, 10, 1).expectedStorageKib = 1 << 20;
        book.take(event, Amounts.UNKNOWN);
        HorizonMap map = map();
        assertThat(entry(map, Resource.STORAGE, 0, Horizon.MINUTES_5, Part.TOTAL).quantiles())
                .containsOnly((double) STORAGE_MOST_KIB);
    }

    private void learn(String type, double kib, double durationNs) {
        TaskEstimator estimator = new TaskEstimator();
        TaskTraits traits = new TaskTraits();
        for (int k = 0; k < 40; k++) {
            traits.clear();
            traits.type.set(type);
            traits.actual[TaskResource.MEMORY.ordinal()] = kib * (.9 + k % 5 * .05);
            traits.actual[TaskResource.CPU.ordinal()] = 500 * (.9 + k % 5 * .05);
            traits.actual[TaskResource.STORAGE.ordinal()] = 50_000 * (.9 + k % 5 * .05);
            traits.actual[TaskResource.DURATION.ordinal()] = durationNs * (.9 + k % 3 * .1);
            estimator.learn(traits);
        }
        var bytes = java.nio.ByteBuffer.allocate(estimator.savedBytesMax());
        bytes.order(java.nio.ByteOrder.LITTLE_ENDIAN);
        estimator.save(bytes);
        int parts = (bytes.position() + 4095) / LearntSection.PAYLOAD_BYTES_MAX;
        for (int part = 0; part < parts; part++) {
            event.begin(EventKind.LEARNT, NOW_NS);
            event.learnt.kind = LearntKind.ESTIMATOR;
            event.learnt.form = 1;
            event.learnt.identity = 1;
            event.learnt.part = part;
            event.learnt.partCount = parts;
            event.learnt.lengthBytes = Math.min(4096, bytes.position() - 4096 * part);
            event.learnt.payload.put(0, bytes, 4096 * part, event.learnt.lengthBytes);
            book.take(event, Amounts.UNKNOWN);
        }
    }

    /** The second of two tasks starts when the first has ended; what it needs was learnt. */
    @Test
    void shouldLetATaskStartWhenThoseBeforeItHaveEnded() {
        learn("sort", 200_000, 400. * SECOND_NS);
        assertThat(book.known().entries()).isNotEmpty();
        tell("first", TaskState.STARTED, 0, 1);
        task("second", TaskState.ANNOUNCED, 0, TaskSection.UNKNOWN).dependencyCount = 1;
        event.task.dependencies[0].set("first");
        book.take(event, Amounts.UNKNOWN);
        HorizonMap map = map();
        HorizonMap.Task second = map.tasks().getLast();
        assertThat(second.id()).isEqualTo("second");
        assertThat((second.startMedianNs() - NOW_NS) / 1e9).isBetween(350., 450.);
        assertThat(second.startLowNs()).isLessThan(second.startHighNs());
        assertThat(second.sampleCount()).isEqualTo(40);
        // "first" was told to need 1 KiB, so the group's demand is that of "second".
        assertThat(entry(map, 0, Horizon.MINUTES_5, Part.TASKS).mean()).isLessThan(20_000);
        assertThat(entry(map, 0, Horizon.MINUTES_15, Part.TASKS).mean())
                .isCloseTo(200_000, within(10_000.));
    }

    @Test
    void shouldBeTheSameFromTheSameEvents() {
        learn("sort", 200_000, 400. * SECOND_NS);
        tell("a", TaskState.ANNOUNCED, 100, TaskSection.UNKNOWN);
        tell("b", TaskState.ANNOUNCED, 200, TaskSection.UNKNOWN);
        assertThat(map()).isEqualTo(map());
    }

    /** How long a large map takes is printed, for docs/measurements; no bound is asserted. */
    @Test
    void shouldMakeAMapOfManyTasks() {
        learn("sort", 200_000, 400. * SECOND_NS);
        for (int k = 0; k < 1000; k++) {
            tell("t" + k, TaskState.ANNOUNCED, k, TaskSection.UNKNOWN);
        }
        map();
        long startNs = System.nanoTime();
        HorizonMap map = map();
        System.out.printf(
                "a map of 1000 tasks: %d ms%n", (System.nanoTime() - startNs) / 1_000_000);
        assertThat(map.tasks()).hasSize(1000);
        assertThat(entry(map, 0, Horizon.MINUTES_15, Part.TASKS).taskCount()).isEqualTo(1000);
    }

    @Test
    void shouldForgetTasksWithTheirVmAndWithTheRun() {
        control(ControlKind.VM_ARRIVED, 0, "web-0");
        tell("a", TaskState.ANNOUNCED, 100, 1);
        control(ControlKind.VM_DEPARTED, 0, "web-0");
        assertThat(book.live(NOW_NS)).isEmpty();
        tell("b", TaskState.ANNOUNCED, 100, 1);
        control(ControlKind.ENGINE_STARTED, -1, "");
        assertThat(book.live(NOW_NS)).isEmpty();
        tell("c", TaskState.ANNOUNCED, 100, 1);
        assertThat(book.live(NOW_NS + 1001 * SECOND_NS)).as("overdue").isEmpty();
        book.setVms(java.util.Map.of(0, new TaskBook.Seat("web-0", 2)));
        assertThat(book.live(NOW_NS)).as("of the VM that was there before").isEmpty();
        assertThat(List.of(book.slotOf("web-0"), book.slotOf("none"))).containsExactly(0, -1);
        assertThat(new LearntPast(0, 1).taskMap().entries()).isEmpty();
    }
}
