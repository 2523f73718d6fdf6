package org.foreshape.daemon.cli;

import java.io.PrintWriter;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** Prints a horizon map for people, from its JSON. */
final class HorizonTable {
    private HorizonTable() {}

    /** A table of demands, one of tasks, one of types, and why some can never start. */
    static void print(PrintWriter out, JsonNode map) {
        if (map.path("entries").isEmpty()) {
            out.println("no forecasts yet");
        } else {
            demands(out, map.path("entries"));
        }
        if (!map.path("tasks").isEmpty()) {
            out.println();
            tasks(out, map.path("tasks"));
        }
        if (!map.path("task_types").isEmpty()) {
            out.println();
            laws(out, map.path("task_types"));
        }
        map.path("refused")
                .properties()
                .forEach(entry ->
                        out.println("task " + entry.getKey() + " " + entry.getValue().asString()));
    }

    private static void demands(PrintWriter out, JsonNode entries) {
        out.println("peak demand; memory and storage in MiB, CPU in cores:");
        Table table =
                new Table(
                        "VM",
                        "resource",
                        "within",
                        "of",
                        "prio",
                        "tasks",
                        "mean",
                        "sd",
                        "p5",
                        "p50",
                        "p95",
                        "p99");
        for (JsonNode entry : entries) {
            if (saysNothing(entry)) {
                continue;
            }
            boolean tasks = entry.path("part").asString().equals("tasks");
            JsonNode quantiles = entry.path("quantiles");
            table.row(
                    entry.path("vm").asString(),
                    entry.path("resource").asString(),
                    entry.path("horizon_minutes").asString() + " min",
                    tasks ? "type " + entry.path("type").asString() : part(entry),
                    tasks ? entry.path("priority").asString() : "-",
                    entry.path("tasks").asString(),
                    figure(entry.path("mean").asDouble(0)),
                    figure(Math.sqrt(entry.path("variance").asDouble(0))),
                    figure(quantiles.path("0.05").asDouble(0)),
                    figure(quantiles.path("0.5").asDouble(0)),
                    figure(quantiles.path("0.95").asDouble(0)),
                    figure(quantiles.path("0.99").asDouble(0)));
        }
        table.print(out);
    }

    /** A VM without tasks needs what it needs itself; storage that is not seen has no forecast. */
    private static boolean saysNothing(JsonNode entry) {
        boolean total = entry.path("part").asString().equals("total");
        boolean storage = entry.path("resource").asString().equals("storage");
        return (total && entry.path("tasks").asInt(0) == 0)
                || (storage && entry.path("quantiles").path("0.999").asDouble(0) == 0);
    }

    private static String part(JsonNode entry) {
        return entry.path("part").asString().equals("own") ? "the VM itself" : "both";
    }

    private static void tasks(PrintWriter out, JsonNode tasks) {
        Table table =
                new Table(
                        "task",
                        "type",
                        "prio",
                        "VM",
                        "state",
                        "starts in s",
                        "p5",
                        "p95",
                        "learnt from",
                        "remarks");
        for (JsonNode task : tasks) {
            StringBuilder remarks = new StringBuilder();
            for (JsonNode remark : task.path("remarks")) {
                remarks.append(remarks.isEmpty() ? "" : "; ").append(remark.asString());
            }
            table.row(
                    task.path("id").asString(),
                    task.path("type").asString(),
                    task.path("priority").asString(),
                    task.path("vm").asString(),
                    task.path("state").asString(),
                    whole(task.path("starts_in_seconds_p50")),
                    whole(task.path("starts_in_seconds_p05")),
                    whole(task.path("starts_in_seconds_p95")),
                    task.path("sample_count").asString(),
                    remarks.toString());
        }
        table.print(out);
    }

    private static void laws(PrintWriter out, JsonNode laws) {
        out.println("what finished tasks taught, for complexity 1 and priority 5:");
        Table table = new Table("type", "figure", "tasks", "p5", "p50", "p95", "p99");
        for (JsonNode law : laws) {
            if (law.path("level").asString().equals("type")) {
                JsonNode quantiles = law.path("quantiles");
                table.row(
                        law.path("name").asString(),
                        law.path("figure").asString(),
                        law.path("sample_count").asString(),
                        figure(quantiles.path("0.05").asDouble(0)),
                        figure(quantiles.path("0.5").asDouble(0)),
                        figure(quantiles.path("0.95").asDouble(0)),
                        figure(quantiles.path("0.99").asDouble(0)));
            }
        }
        table.print(out);
    }

    private static String whole(JsonNode seconds) {
        return String.format(Locale.ROOT, "%.0f", seconds.asDouble(0));
    }

    private static String figure(double value) {
        return String.format(Locale.ROOT, value < 100 ? "%.2f" : "%.0f", value);
    }
}
