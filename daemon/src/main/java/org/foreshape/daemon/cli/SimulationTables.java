package org.foreshape.daemon.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.foreshape.daemon.simulate.Sweep;
import org.foreshape.shaping.simulation.Demand;
import org.foreshape.shaping.simulation.GroupDraws.Interval;
import org.foreshape.shaping.simulation.Measure;
import org.foreshape.shaping.simulation.Score;

/** What {@code foreshape simulate} prints. */
final class SimulationTables {
    private static final double MIB_PER_GIB = 1024;

    private final PrintWriter out;

    SimulationTables(PrintWriter out) {
        this.out = out;
    }

    /** The world in a line, and a row for each policy. */
    void print(Demand demand, double limitMib, List<Score> scores) {
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
        printTasks(demand, scores);
    }

    private void printTasks(Demand demand, List<Score> scores) {
        if (demand.tasks().isEmpty()) {
            return;
        }
        out.println();
        out.printf(
                "%d of %d tasks start in the scored time in a VM that is there; first minute after"
                        + " their starts:%n",
                scores.getFirst().taskStarts(), demand.tasks().size());
        Table table = new Table("policy", "short GiB h", "short min");
        for (Score score : scores) {
            table.row(
                    score.policy(),
                    number("%.4f", score.taskStartShortfallGibHours()),
                    number("%.1f", score.taskStartShortfallVmMinutes()));
        }
        table.print(out);
    }

    /** Who was short, low priorities to high, and how often the wrong one was. */
    void printByPriority(List<Score> scores) {
        out.println();
        out.println(
                "Short GiB h by priority; minutes for which a VM stayed short while one of lower"
                        + " priority had slack above its floor:");
        Table table = new Table("policy", "0 to 2", "3 to 6", "7 to 9", "minutes");
        for (Score score : scores) {
            table.row(
                    score.policy(),
                    number("%.2f", score.shortfallGibHours(0, 2)),
                    number("%.2f", score.shortfallGibHours(3, 6)),
                    number("%.2f", score.shortfallGibHours(7, 9)),
                    number("%.1f", score.inversionVmMinutes()));
        }
        table.print(out);
    }

    /** Every policy's own frontier, and what it comes to beside that of all peers together. */
    void print(Sweep sweep) {
        out.println();
        out.printf(
                "Frontiers, with 95 %% intervals over %d groups of VMs (t: least slack at its share"
                        + " of VM-time, d: at its share of demand)%n",
                sweep.groupCount());
        Table table =
                new Table("policy", "knob", "on", "slack GiB h", "% of VM-time", "% of demand");
        for (Sweep.Setting setting : sweep.settings()) {
            boolean time = sweep.onFrontier(setting, Measure.VM_TIME);
            boolean demand = sweep.onFrontier(setting, Measure.DEMAND);
            if (time || demand) {
                table.row(
                        setting.policy(),
                        setting.knob(),
                        (time ? "t" : "") + (demand ? "d" : ""),
                        interval("%.0f", 1, sweep.slack(setting)),
                        interval("%.3f", 100, sweep.share(setting, Measure.VM_TIME)),
                        interval("%.3f", 100, sweep.share(setting, Measure.DEMAND)));
            }
        }
        table.print(out);
        out.println();
        out.println(
                "At a fixed shortfall: slack, by the slack of all peers together, and shortfall by"
                        + " theirs at their slack");
        Table compared =
                new Table("shortfall", "policy", "slack GiB h", "by peers'", "shortfall by peers'");
        for (Sweep.Comparison row : sweep.compare()) {
            compared.row(
                    number("%.2f %% of ", 100 * row.level().share())
                            + (row.level().measure() == Measure.VM_TIME ? "VM-time" : "demand"),
                    row.policy(),
                    interval("%.0f", 1, row.slack()),
                    interval("%.2f", 1, row.slackRatio()),
                    interval("%.2f", 1, row.shortfallRatio()));
        }
        compared.print(out);
    }

    private static String interval(String format, double scale, Interval interval) {
        if (!Double.isFinite(interval.value())) {
            return "-";
        }
        return number(format, scale * interval.value())
                + " ["
                + number(format, scale * interval.low())
                + ", "
                + number(format, scale * interval.high())
                + "]";
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
