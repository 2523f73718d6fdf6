package org.foreshape.daemon.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.DoubleConsumer;
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.daemon.simulate.DrawnTasks;
import org.foreshape.daemon.simulate.ProgressBar;
import org.foreshape.daemon.simulate.Recording;
import org.foreshape.daemon.simulate.SimulatedPolicies;
import org.foreshape.daemon.simulate.SimulationReport;
import org.foreshape.daemon.simulate.Sweep;
import org.foreshape.daemon.simulate.SweepPicture;
import org.foreshape.daemon.simulate.TaskFile;
import org.foreshape.inference.trace.TraceException;
import org.foreshape.inference.trace.VmGroups;
import org.foreshape.shaping.simulation.AnnouncedTask;
import org.foreshape.shaping.simulation.Demand;
import org.foreshape.shaping.simulation.PolicyKind;
import org.foreshape.shaping.simulation.PolicyKind.Variant;
import org.foreshape.shaping.simulation.Priorities;
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
            description = "Which, separated by commas. Without it: all but tuned.")
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

    @Option(
            names = "--priorities",
            paramLabel = "S",
            description =
                    "VMs have priorities 0 to 9, drawn from this seed and their names. Without it"
                            + " all have 5.")
    @Nullable Long priorities;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes the scores as JSON.")
    @Nullable Path json;

    @Option(
            names = "--tasks",
            paramLabel = "FILE",
            description =
                    "Announced tasks, whose demand is added to the trace's: CSV with the columns"
                            + " vm,id,type,priority,announce_s,start_s,duration_s,memory_mib,cpu_cores,"
                            + "complexity,depends_on; times are seconds of the trace.")
    @Nullable Path tasks;

    @Option(
            names = "--drawn-tasks",
            paramLabel = "N",
            description = "So many announced tasks, drawn from the seed, in place of a file.")
    int drawnTasks;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description =
                    "A key of the section shaping of the configuration, for reactive and foreshape;"
                            + " may be repeated.")
    Map<String, String> shaping = Map.of();

    @Option(
            names = "--sweep",
            description =
                    "Turns every policy's own knob too, and compares their frontiers of slack against"
                            + " shortfall.")
    boolean sweeping;

    @Option(
            names = "--groups",
            paramLabel = "FILE",
            description =
                    "With --sweep: CSV with the columns vm and group, VMs that are drawn together for"
                            + " the intervals. Without it every VM is drawn alone.")
    @Nullable Path groups;

    @Option(
            names = "--svg",
            paramLabel = "FILE",
            description = "With --sweep: draws the frontiers.")
    @Nullable Path svg;

    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        if (!sweeping && (groups != null || svg != null)) {
            throw Failure.usage("--groups and --svg belong to a sweep: give --sweep too");
        }
        if (drawnTasks < 0 || (drawnTasks > 0 && tasks != null)) {
            throw Failure.usage(
                    "--drawn-tasks is "
                            + drawnTasks
                            + ": must be 0 or more, and tasks come from a file or are drawn, not"
                            + " both");
        }
        List<PolicyKind> kinds = SimulatedPolicies.named(policies, shaping);
        Recording recording = Recording.read(trace, firstDay, days);
        List<AnnouncedTask> announced =
                tasks == null
                        ? DrawnTasks.draw(drawnTasks, seed, recording.trace(), recording.span())
                        : TaskFile.read(tasks, recording.trace());
        Demand demand = new Demand(recording.trace(), recording.span(), seed, announced);
        double limitMib = limitMib(demand);
        Sweep sweep = new Sweep(recording.trace(), vmGroups());
        Priorities ranks = priorities == null ? Priorities.alike() : Priorities.drawn(priorities);
        List<Score> scores =
                run(new Simulation(demand, limitMib, System::nanoTime, ranks), kinds, sweep);
        SimulationTables tables = new SimulationTables(spec.commandLine().getOut());
        tables.print(demand, limitMib, scores);
        if (priorities != null) {
            tables.printByPriority(scores);
        }
        if (sweeping) {
            tables.print(sweep);
        }
        OutputFile.write(json, SimulationReport.toJson(scores, sweeping ? sweep : null));
        if (svg != null) {
            OutputFile.write(svg, SweepPicture.draw(sweep));
        }
        return ExitStatus.DONE;
    }

    private VmGroups vmGroups() {
        try {
            return VmGroups.read(groups);
        } catch (TraceException e) {
            throw Failure.usage(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw Failure.missing("cannot read " + groups + ": " + e + "; name another file", e);
        }
    }

    /** Every policy as it is by default and, in a sweep, at its other settings. */
    private List<Score> run(Simulation simulation, List<PolicyKind> kinds, Sweep sweep) {
        List<Score> scores = new ArrayList<>();
        int count = kinds.stream().mapToInt(kind -> 1 + variants(kind).size()).sum();
        int[] done = {0};
        try (ProgressBar bar = new ProgressBar(spec.commandLine().getErr())) {
            for (PolicyKind kind : kinds) {
                DoubleConsumer progress = share -> bar.show((done[0] + share) / count, kind.name());
                Score standard = simulation.run(kind.name(), kind.standard(), progress);
                done[0]++;
                scores.add(standard);
                sweep.add(new Sweep.Setting(kind.name(), "default", standard));
                for (Variant variant : variants(kind)) {
                    Score score = simulation.run(kind.name(), variant.maker(), progress);
                    done[0]++;
                    sweep.add(new Sweep.Setting(kind.name(), variant.knob(), score));
                }
            }
        }
        return scores;
    }

    private List<Variant> variants(PolicyKind kind) {
        return sweeping ? kind.sweep() : List.of();
    }

    private double limitMib(Demand demand) {
        String asked = hostMemoryGib;
        if (asked == null) {
            return Double.POSITIVE_INFINITY;
        }
        if (asked.equals("p99")) {
            return P99_ROOM * demand.totalQuantileMib(.99);
        }
        double gib;
        try {
            gib = Double.parseDouble(asked);
        } catch (NumberFormatException _) {
            gib = Double.NaN;
        }
        if (!(gib > 0) || Double.isInfinite(gib)) {
            throw Failure.usage(
                    "--host-memory-gib: '" + asked + "' is neither a number above 0 nor p99");
        }
        return gib * MIB_PER_GIB;
    }
}
