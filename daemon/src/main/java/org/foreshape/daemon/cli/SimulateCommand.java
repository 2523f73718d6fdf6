package org.foreshape.daemon.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.daemon.simulate.ProgressBar;
import org.foreshape.daemon.simulate.Recording;
import org.foreshape.daemon.simulate.SimulatedPolicies;
import org.foreshape.daemon.simulate.SimulationReport;
import org.foreshape.shaping.simulation.Demand;
import org.foreshape.shaping.simulation.PolicyKind;
import org.foreshape.shaping.simulation.Score;
import org.foreshape.shaping.simulation.Simulation;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code foreshape simulate}. */
@Command(
        name = "simulate",
        description =
                "Lets policies share out a host's memory over a recorded week and compares what they"
                        + " saved with what the VMs were short of.")
final class SimulateCommand implements Callable<Integer> {
    private static final double P99_ROOM = 1.05;
    private static final double MIB_PER_GIB = 1024;

    @Option(
            names = "--trace",
            required = true,
            paramLabel = "FILE",
            description = "Trace, .csv or .csv.gz, sorted by VM, then time.")
    Path trace = Path.of("");

    @Option(
            names = "--policies",
            paramLabel = "NAME",
            split = ",",
            description = "Which, separated by commas. Without it: all.")
    List<String> policies = List.of();

    @Option(
            names = "--host-memory-gib",
            paramLabel = "G|p99",
            description =
                    "The host's memory for VMs; p99: 1.05 times the 99th percentile of what all need"
                            + " together. Without it: as much as they like.")
    @Nullable String hostMemoryGib;

    @Option(
            names = "--first-day",
            paramLabel = "D",
            description =
                    "First scored day, 0 is the trace's first. Without it: so that the last days are"
                            + " scored.")
    @Nullable Integer firstDay;

    @Option(names = "--days", paramLabel = "N", description = "Scored days (default: 7).")
    @Nullable Integer days;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "1",
            description =
                    "Of the moments between two samples at which demands jump (default:"
                            + " ${DEFAULT-VALUE}).")
    long seed;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes the scores as JSON.")
    @Nullable Path json;

    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        List<PolicyKind> kinds = SimulatedPolicies.named(policies);
        Recording recording = Recording.read(trace, firstDay, days);
        Demand demand = new Demand(recording.trace(), recording.span(), seed, List.of());
        double limitMib = limitMib(demand);
        Simulation simulation = new Simulation(demand, limitMib, System::nanoTime);
        List<Score> scores = new ArrayList<>();
        try (ProgressBar bar = new ProgressBar(spec.commandLine().getErr())) {
            for (int k = 0; k < kinds.size(); k++) {
                PolicyKind kind = kinds.get(k);
                int done = k;
                scores.add(
                        simulation.run(
                                kind.name(),
                                kind.standard(),
                                share -> bar.show((done + share) / kinds.size(), kind.name())));
            }
        }
        print(demand, limitMib, scores);
        JsonFile.write(json, SimulationReport.toJson(scores));
        return ExitStatus.DONE;
    }

    private double limitMib(Demand demand) {
        String asked = hostMemoryGib;
        if (asked == null) {
            return Double.POSITIVE_INFINITY;
        }
        if (asked.equals("p99")) {
            return P99_ROOM * demand.totalQuantileMib(.99);
        }
        try {
            double gib = Double.parseDouble(asked);
            if (gib > 0 && Double.isFinite(gib)) {
                return gib * MIB_PER_GIB;
            }
        } catch (NumberFormatException e) {
            throw wrongHostMemory(asked);
        }
        throw wrongHostMemory(asked);
    }

    private static Failure wrongHostMemory(String asked) {
        return Failure.usage(
                "--host-memory-gib: '" + asked + "' is neither a number above 0 nor p99");
    }

    private void print(Demand demand, double limitMib, List<Score> scores) {
        PrintWriter out = spec.commandLine().getOut();
        Score any = scores.getFirst();
        out.printf(
                Locale.ROOT,
                "%d VMs, %.0f h scored, ceilings %.0f GiB h, demand %.1f GiB h",
                any.vms(),
                any.hours(),
                any.staticGibHours(),
                any.demandGibHours());
        if (limitMib < Double.POSITIVE_INFINITY) {
            out.printf(
                    Locale.ROOT,
                    "; host %.2f GiB: %.1f GiB h of shortfall are unavoidable, %.1f with everyone's"
                            + " floor kept",
                    limitMib / MIB_PER_GIB,
                    demand.unavoidableGibHours(limitMib, false),
                    demand.unavoidableGibHours(limitMib, true));
        }
        out.println();
        Table table =
                new Table(
                        "policy",
                        "slack GiB h",
                        "saved %",
                        "short GiB h",
                        "short min",
                        "% of time",
                        "starved min",
                        "acts",
                        "us p50",
                        "us p99");
        for (Score score : scores) {
            table.row(
                    score.policy(),
                    number("%.0f", score.slackGibHours()),
                    number("%.1f", 100 * score.savedFraction()),
                    number("%.2f", score.shortfallGibHours()),
                    number("%.1f", score.shortfallVmMinutes()),
                    number("%.4f", 100 * score.shortfallFraction()),
                    number("%.0f", score.starvedVmMinutes()),
                    String.valueOf(score.growActs() + score.shrinkActs()),
                    number("%.1f", score.decisionUs(.5)),
                    number("%.1f", score.decisionUs(.99)));
        }
        table.print(out);
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
