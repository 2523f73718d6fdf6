package org.foreshape.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.foreshape.lab.Lab;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Entry of {@code foreshape bench}. */
@Command(
        name = "foreshape bench",
        description = "Runs one benchmark, or all of them, and prints what it found.",
        mixinStandardHelpOptions = true)
public final class Main implements Callable<Integer> {
    private static final int USAGE = 2;
    private static final int MISSING = 3;

    private static final List<Benchmark> BENCHMARKS =
            List.of(
                    new DecisionBenchmark(),
                    new PlanBenchmark(),
                    new ForecastBenchmark(),
                    new AppendBenchmark(),
                    new ExportBenchmark(),
                    new KillBenchmark(),
                    new RetrainBenchmark(),
                    new DriftBenchmark(),
                    new WhatIfBenchmark(),
                    new SpikeBenchmark(),
                    new SwapBenchmark(),
                    new PrefaultBenchmark(),
                    new NumaBenchmark(),
                    new PagesBenchmark());

    @Parameters(
            index = "0",
            paramLabel = "list | all | NAME",
            description = "What to run; `list` shows the names.")
    private String what = "list";

    @Option(names = "--quick", description = "Fewer repeats, for a look.")
    private boolean quick;

    @Option(
            names = "--only",
            paramLabel = "PART",
            split = ",",
            description = "Only these parts of it; `list` shows them.")
    private Set<String> only = Set.of();

    @Option(
            names = "--speed",
            paramLabel = "X",
            description = "Seconds of embedded guests' time in a second (retrain: 120).")
    private @Nullable Double speed;

    @Option(names = "--json", paramLabel = "DIR", description = "Folder for the figures as JSON.")
    private @Nullable Path json;

    /** Runs the benchmark that the arguments name and exits with its status. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Main()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        if (what.equals("list")) {
            BENCHMARKS.forEach(b -> {
                System.out.printf("%-10s %s%n", b.name(), b.purpose());
                if (!b.parts().isEmpty()) {
                    System.out.printf("%-10s parts: %s%n", "", String.join(", ", b.parts()));
                }
            });
            return 0;
        }
        List<Benchmark> chosen = new ArrayList<>(BENCHMARKS);
        chosen.removeIf(b -> !what.equals("all") && !b.name().equals(what));
        if (chosen.isEmpty()) {
            System.err.println(
                    "foreshape bench: no benchmark '" + what + "'; see `foreshape bench list`");
            return USAGE;
        }
        Double asked = speed;
        if (asked != null && !(asked >= 1 && asked <= 1000)) {
            System.err.println("foreshape bench: --speed is " + asked + ", must be 1 to 1000");
            return USAGE;
        }
        for (Benchmark benchmark : chosen) {
            if (asked != null) {
                benchmark.speed(asked);
            }
            for (String part : only) {
                if (!benchmark.parts().contains(part)) {
                    System.err.printf(
                            "foreshape bench: %s has no part '%s'; see `foreshape bench list`%n",
                            benchmark.name(), part);
                    return USAGE;
                }
            }
            if (benchmark.needsGuests() && !Lab.prerequisites().isEmpty()) {
                System.err.println("foreshape bench: " + benchmark.name() + " needs real guests:");
                Lab.prerequisites().forEach(lack -> System.err.println("  " + lack));
                return MISSING;
            }
            run(benchmark);
        }
        return 0;
    }

    private void run(Benchmark benchmark) throws Exception, IOException {
        Result result =
                only.isEmpty() ? benchmark.run(quick) : benchmark.run(quick, new TreeSet<>(only));
        result.print();
        Path folder = json;
        if (folder != null) {
            result.write(folder, String.join("-", new TreeSet<>(only)));
        }
    }
}
