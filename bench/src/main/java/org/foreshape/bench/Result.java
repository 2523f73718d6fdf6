package org.foreshape.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** What a benchmark found: named series of figures, printed as a table and written as JSON. */
final class Result {
    private final String name;
    private final Map<String, double[]> series = new LinkedHashMap<>();
    private final Map<String, Object> facts = new LinkedHashMap<>();

    Result(String name) {
        this.name = name;
    }

    /** Adds a series; NaN stands for a repeat that never got there. */
    void add(String label, double[] values) {
        series.put(label, values.clone());
    }

    /** Adds a single fact. */
    void fact(String label, Object value) {
        facts.put(label, value);
    }

    /** The median; NaN counts as greater than every number. */
    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        return n == 0 ? Double.NaN : (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    }

    /** The greatest; NaN when any is NaN. */
    static double max(double[] values) {
        return Arrays.stream(values).max().orElse(Double.NaN);
    }

    /** Prints the table. */
    void print() {
        System.out.printf(
                Locale.ROOT, "%-48s %4s %12s %12s %12s%n", name, "n", "min", "median", "max");
        series.forEach((label, values) ->
                System.out.printf(
                        Locale.ROOT,
                        "%-48s %4d %12.3f %12.3f %12.3f%n",
                        label,
                        values.length,
                        Arrays.stream(values).min().orElse(Double.NaN),
                        median(values),
                        max(values)));
        facts.forEach((label, value) -> System.out.printf("%-48s %s%n", label, value));
    }

    /** Writes everything, with the machine it was found on. */
    void write(Path folder) throws IOException {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("benchmark", name);
        json.put("machine", machine());
        json.put("facts", facts);
        json.put("series", series);
        ObjectMapper mapper =
                JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
        Files.createDirectories(folder);
        Files.writeString(folder.resolve(name + ".json"), mapper.writeValueAsString(json));
    }

    private static Map<String, Object> machine() {
        Map<String, Object> machine = new LinkedHashMap<>();
        machine.put("cores", Runtime.getRuntime().availableProcessors());
        machine.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        machine.put("arch", System.getProperty("os.arch"));
        machine.put("java", Runtime.version().toString());
        machine.put(
                "flags",
                java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments());
        return machine;
    }
}
