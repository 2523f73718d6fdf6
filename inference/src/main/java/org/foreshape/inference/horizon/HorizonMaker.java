package org.foreshape.inference.horizon;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.foreshape.inference.QuantileLaw;
import org.foreshape.inference.horizon.HorizonMap.Entry;
import org.foreshape.inference.horizon.HorizonMap.Part;
import org.foreshape.inference.task.StartForecast;
import org.foreshape.inference.task.StartSimulation;
import org.foreshape.inference.task.TaskMap;
import org.foreshape.inference.task.TaskResource;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Tick;

/**
 * Makes one map. What a VM and its tasks need together is drawn: its own peak from its forecast, of
 * each task a start and a demand, independent of each other; the seed is the number of the newest
 * event about a task.
 */
final class HorizonMaker {
    private static final int DRAWS = 1000;
    private static final int START_DRAWS = 200;
    private static final double INTERVAL = .9;

    /** Tasks of one type and priority. */
    private record Group(String type, int priority) implements Comparable<Group> {
        @Override
        public int compareTo(Group other) {
            int byType = type.compareTo(other.type);
            return byType != 0 ? byType : Integer.compare(priority, other.priority);
        }
    }

    private final TaskBook book;
    private final Tick sample;
    private final TaskMap known;
    private final List<Entry> entries = new ArrayList<>();

    HorizonMaker(TaskBook book, Tick sample) {
        this.book = book;
        this.sample = sample;
        this.known = book.known();
    }

    HorizonMap make() {
        List<LiveTask> live = book.live(sample.timeNs);
        StartSimulation starts =
                StartSimulation.run(
                        live.stream().map(LiveTask::planned).toList(),
                        known,
                        sample.timeNs,
                        START_DRAWS,
                        book.newestSequence());
        Map<String, LiveTask> byId = new HashMap<>();
        live.forEach(task -> byId.put(task.id(), task));
        List<HorizonMap.Task> tasks = new ArrayList<>();
        Map<Integer, List<TaskDraws>> bySlot = new HashMap<>();
        for (StartForecast start : starts.forecasts()) {
            LiveTask task = Objects.requireNonNull(byId.get(start.id()));
            tasks.add(row(task, start));
            if (isThere(task)) {
                bySlot.computeIfAbsent(task.slot(), slot -> new ArrayList<>())
                        .add(new TaskDraws(task, start, DRAWS, book.newestSequence()));
            }
        }
        for (int slot = 0; slot < sample.forecast.slotCount; slot++) {
            if (sample.sample.present[slot]
                    && sample.forecast.source[slot] != ForecastSource.NONE) {
                vm(slot, bySlot.getOrDefault(slot, List.of()));
            }
        }
        return new HorizonMap(sample.timeNs, entries, tasks, starts.refused(), known);
    }

    /** Whether the VM that the task runs in is the one in its slot now. */
    private boolean isThere(LiveTask task) {
        return task.slot() >= 0
                && task.slot() < sample.forecast.slotCount
                && sample.sample.generation[task.slot()] == task.generation();
    }

    private HorizonMap.Task row(LiveTask task, StartForecast start) {
        List<String> remarks = new ArrayList<>(start.remarks());
        long sampleCount = 0;
        if (task.expected().memoryKib() < 0) {
            sampleCount =
                    known.find(task.type(), TaskResource.MEMORY)
                            .map(TaskMap.Entry::sampleCount)
                            .orElse(0L);
            if (sampleCount == 0) {
                remarks.add("nothing is known of its memory: it is taken to need none");
            }
        }
        return new HorizonMap.Task(
                task.id(),
                task.type(),
                task.priority(),
                nameOf(task.slot()),
                task.isRunning(),
                task.anticipated(),
                start.startNs(.05),
                start.startNs(.5),
                start.startNs(.95),
                sampleCount,
                remarks);
    }

    private String nameOf(int slot) {
        String name = slot < 0 ? "" : book.nameOf(slot);
        return name == null ? "slot " + slot : name;
    }

    private void vm(int slot, List<TaskDraws> tasks) {
        for (Resource resource : Resource.values()) {
            List<TaskDraws> counting =
                    tasks.stream().filter(task -> task.knows(resource, known)).toList();
            for (Horizon horizon : Horizon.values()) {
                cell(slot, resource, horizon, counting);
            }
        }
    }

    private void cell(int slot, Resource resource, Horizon horizon, List<TaskDraws> tasks) {
        ForecastSection forecast = sample.forecast;
        int at = ForecastSection.offset(slot, resource, horizon);
        // What a VM can have may have shrunk since its forecast was made.
        double most = Math.max(most(slot, resource), forecast.quantile[at + Quantiles.COUNT - 1]);
        QuantileLaw own = QuantileLaw.of(forecast.quantile, at, 0, most);
        float[] quantiles = Arrays.copyOfRange(forecast.quantile, at, at + Quantiles.COUNT);
        add(slot, resource, horizon, Part.OWN, new Group("", 0), 0, quantiles, own);
        Map<Group, List<TaskDraws>> groups = new TreeMap<>();
        for (TaskDraws one : tasks) {
            groups.computeIfAbsent(
                            new Group(one.task().type(), one.task().priority()),
                            group -> new ArrayList<>())
                    .add(one);
        }
        double[] total = new double[DRAWS];
        long untilNs = sample.timeNs + horizon.durationNs();
        groups.forEach((group, members) -> {
            double[] sums = new double[DRAWS];
            for (TaskDraws one : members) {
                one.addTo(sums, resource, known, untilNs, taken(one.task(), resource));
            }
            for (int k = 0; k < DRAWS; k++) {
                total[k] += sums[k];
            }
            float[] of = quantiles(sums);
            QuantileLaw law = QuantileLaw.of(of, 0, 0, Double.POSITIVE_INFINITY);
            add(slot, resource, horizon, Part.TASKS, group, members.size(), of, law);
        });
        if (Arrays.stream(total).allMatch(sum -> sum == 0)) {
            add(
                    slot,
                    resource,
                    horizon,
                    Part.TOTAL,
                    new Group("", 0),
                    tasks.size(),
                    quantiles,
                    own);
            return;
        }
        var random = new SplittableRandom(book.newestSequence() + 31L * slot);
        for (int k = 0; k < DRAWS; k++) {
            // One draw from each of DRAWS equal parts, in any order: the sums' order is any too.
            double level = (k + random.nextDouble()) / DRAWS;
            total[k] = Math.min(most, total[k] + own.quantile(Math.max(level, 1e-9)));
        }
        float[] sum = quantiles(total);
        QuantileLaw law = QuantileLaw.of(sum, 0, 0, Math.max(most, sum[Quantiles.COUNT - 1]));
        add(slot, resource, horizon, Part.TOTAL, new Group("", 0), tasks.size(), sum, law);
    }

    private double most(int slot, Resource resource) {
        SampleSection now = sample.sample;
        return switch (resource) {
            case MEMORY ->
                    now.maximumKib[slot] > 0 ? now.maximumKib[slot] : now.allocationKib[slot];
            case CPU -> 1000. * Math.max(now.vcpuCountMax[slot], now.vcpuCount[slot]);
            case STORAGE ->
                    now.storageCapacityKib[slot] > 0
                            ? now.storageCapacityKib[slot]
                            : Double.POSITIVE_INFINITY;
        };
    }

    private long taken(LiveTask task, Resource resource) {
        long before = task.usedAtStart().of(resource);
        long now = sample.sample.used(task.slot(), resource);
        return task.isRunning() && before >= 0 && now >= 0 ? Math.max(0, now - before) : 0;
    }

    private void add(
            int slot,
            Resource resource,
            Horizon horizon,
            Part part,
            Group group,
            int taskCount,
            float[] quantiles,
            QuantileLaw law) {
        List<Double> all = new ArrayList<>();
        for (float quantile : quantiles) {
            all.add((double) quantile);
        }
        QuantileLaw.Interval middle = law.central(INTERVAL);
        entries.add(
                new Entry(
                        nameOf(slot),
                        slot,
                        resource,
                        horizon,
                        part,
                        group.type(),
                        group.priority(),
                        taskCount,
                        all,
                        law.mean(),
                        law.variance(),
                        middle.low(),
                        middle.high()));
    }

    private static float[] quantiles(double[] draws) {
        double[] sorted = draws.clone();
        Arrays.sort(sorted);
        float[] quantiles = new float[Quantiles.COUNT];
        for (int q = 0; q < quantiles.length; q++) {
            double position = (sorted.length - 1) * Quantiles.level(q);
            int low = (int) position;
            int high = Math.min(low + 1, sorted.length - 1);
            double below = sorted[low];
            quantiles[q] = (float) (below + (position - low) * (sorted[high] - below));
        }
        return quantiles;
    }
}
