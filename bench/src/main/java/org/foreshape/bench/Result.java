package org.foreshape.bench;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
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
    private final List<Wanted> wanted = new ArrayList<>();

    /**
     * A figure with what is wanted of it.
     *
     * @param isMet false too when the figure is NaN
     */
    private record Wanted(String label, double figure, String bound, boolean isMet) {
        Map<String, Object> toJson() {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("label", label);
            json.put("figure", figure);
            json.put("bound", bound);
            json.put("met", isMet);
            return json;
        }
    }

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

    /** Says that a figure must not be below a bound. */
    void wantAtLeast(String label, double figure, double bound) {
        wanted.add(new Wanted(label, figure, ">= " + plain(bound), figure >= bound));
    }

    /** Says that a figure must not be above a bound. */
    void wantAtMost(String label, double figure, double bound) {
        wanted.add(new Wanted(label, figure, "<= " + plain(bound), figure <= bound));
    }

    private static String plain(double bound) {
        return BigDecimal.valueOf(bound).stripTrailingZeros().toPlainString();
    }

    /** The ratio of two medians. */
    static double ratio(double[] ours, double[] theirs) {
        return median(ours) / median(theirs);
    }

    /** The median; NaN counts as greater than every number. */
    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        return n == 0 ? Double.NaN : (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    }

    /** The least; NaN when any is NaN. */
    static double min(double[] values) {
        return Arrays.stream(values).min().orElse(Double.NaN);
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
        for (Wanted each : wanted) {
            System.out.printf(
                    Locale.ROOT,
                    "%-5s %-60s %10.3f  wanted %s%n",
                    each.isMet() ? "met" : "SHORT",
                    each.label(),
                    each.figure(),
                    each.bound());
        }
    }

    /**
     * Writes everything, with the machine it was found on.
     *
     * @param parts what of the benchmark was run; empty: all of it
     */
    void write(Path folder, String parts) throws IOException {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("benchmark", name);
        json.put("machine", machine());
        json.put("parts", parts.isEmpty() ? "all" : parts);
        json.put("wanted", wanted.stream().map(Wanted::toJson).toList());
        json.put("facts", facts);
        json.put("series", series);
        ObjectMapper mapper =
                JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
        Files.createDirectories(folder);
        String file = parts.isEmpty() ? name : name + "-" + parts;
        Files.writeString(folder.resolve(file + ".json"), mapper.writeValueAsString(json));
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
