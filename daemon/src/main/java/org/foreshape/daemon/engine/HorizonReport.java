package org.foreshape.daemon.engine;

import java.util.Locale;
import org.foreshape.daemon.control.Json;
import org.foreshape.inference.horizon.HorizonMap;
import org.foreshape.inference.task.TaskMap;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.Resource;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Turns a horizon map into JSON: memory and storage in MiB, CPU in cores, times and durations in
 * seconds.
 */
public final class HorizonReport {
    private static final double SECOND_NS = 1e9;

    /** Laws are shown for a task of complexity 1 and this priority, which is that of default. */
    private static final int MIDDLE_PRIORITY = 5;

    private HorizonReport() {}

    /** The whole map. */
    public static ObjectNode toJson(HorizonMap map) {
        ObjectNode node = Json.object().put("time_ns", map.timeNs());
        ArrayNode entries = node.putArray("entries");
        for (HorizonMap.Entry entry : map.entries()) {
            put(entries.addObject(), entry);
        }
        ArrayNode tasks = node.putArray("tasks");
        for (HorizonMap.Task task : map.tasks()) {
            put(tasks.addObject(), task, map.timeNs());
        }
        ObjectNode refused = node.putObject("refused");
        map.refused().forEach(refused::put);
        ArrayNode laws = node.putArray("task_types");
        for (TaskMap.Entry law : map.laws().entries()) {
            put(laws.addObject(), law);
        }
        return node;
    }

    private static void put(ObjectNode node, TaskMap.Entry law) {
        double unit =
                switch (law.resource()) {
                    case MEMORY, STORAGE -> 1024;
                    case CPU -> 1000;
                    case DURATION -> SECOND_NS;
                };
        node.put("level", word(law.level()))
                .put("name", law.name())
                .put("figure", word(law.resource()))
                .put("sample_count", law.sampleCount());
        ObjectNode quantiles = node.putObject("quantiles");
        for (int q = 0; q < Quantiles.COUNT; q++) {
            double level = Quantiles.level(q);
            quantiles.put(Double.toString(level), law.quantile(level, 1, MIDDLE_PRIORITY) / unit);
        }
    }

    private static void put(ObjectNode node, HorizonMap.Entry entry) {
        double unit = entry.resource() == Resource.CPU ? 1000 : 1024;
        node.put("vm", entry.vm())
                .put("resource", word(entry.resource()))
                .put("horizon_minutes", entry.horizon().minutes())
                .put("part", word(entry.part()));
        if (entry.part() == HorizonMap.Part.TASKS) {
            node.put("type", entry.type()).put("priority", entry.priority());
        }
        node.put("tasks", entry.taskCount())
                .put("mean", entry.mean() / unit)
                .put("variance", entry.variance() / (unit * unit));
        node.putArray("interval_90").add(entry.low() / unit).add(entry.high() / unit);
        ObjectNode quantiles = node.putObject("quantiles");
        for (int q = 0; q < Quantiles.COUNT; q++) {
            quantiles.put(Double.toString(Quantiles.level(q)), entry.quantiles().get(q) / unit);
        }
    }

    private static void put(ObjectNode node, HorizonMap.Task task, long nowNs) {
        node.put("id", task.id())
                .put("type", task.type())
                .put("priority", task.priority())
                .put("vm", task.vm())
                .put("state", state(task))
                .put("starts_in_seconds_p05", (task.startLowNs() - nowNs) / SECOND_NS)
                .put("starts_in_seconds_p50", (task.startMedianNs() - nowNs) / SECOND_NS)
                .put("starts_in_seconds_p95", (task.startHighNs() - nowNs) / SECOND_NS)
                .put("sample_count", task.sampleCount());
        ArrayNode remarks = node.putArray("remarks");
        task.remarks().forEach(remarks::add);
    }

    private static String state(HorizonMap.Task task) {
        if (task.running()) {
            return "running";
        }
        return task.anticipated() ? "anticipated" : "announced";
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
