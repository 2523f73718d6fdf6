package org.foreshape.daemon.cli;

import java.io.PrintWriter;
import java.util.Locale;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.replay.Difference;
import org.foreshape.daemon.replay.Estimate;
import org.foreshape.daemon.replay.WhatIfReport;
import tools.jackson.databind.node.ObjectNode;

/** What {@code foreshape replay --policy} says, as tables and as JSON. */
final class WhatIfTables {
    private static final double KIB_PER_MIB = 1024;

    private final WhatIfReport report;

    WhatIfTables(WhatIfReport report) {
        this.report = report;
    }

    /**
     * Prints it.
     *
     * @param differenceCount most VMs to show where decisions differ
     */
    void print(PrintWriter out, int differenceCount) {
        out.printf(
                Locale.ROOT,
                "%d VMs, %.2f h of %d %s, %d events, lived through three times in %.1f"
                        + " s (%.0f times real time)%n",
                report.vms().size(),
                report.hours(),
                report.runs(),
                report.runs() == 1 ? "run" : "runs",
                report.events(),
                report.seconds(),
                report.hours() * 3600 / Math.max(1e-9, report.seconds()));
        out.printf(
                Locale.ROOT,
                "%d of %d targets more than a MiB apart; acts were done %.0f ms after their plan%n",
                report.targetsApart(),
                report.targets(),
                report.answerMs());
        out.println();
        Table table =
                new Table("", "measured", "replayed", report.policy(), "estimate", "95 % bounds");
        row(table, "given, GiB h", report.given());
        row(table, "slack, GiB h", report.slack());
        row(table, "lacking, GiB h", report.lack());
        row(table, "starved, min", report.starvedMinutes());
        row(table, "acts", report.acts());
        row(table, "cost, GiB h", report.cost());
        table.print(out);
        out.printf(
                Locale.ROOT,
                "cost = slack + %.3f GiB h a starved minute + %.5f an act; estimate = %s, and half"
                        + " of what the replay of the recorded policy is off%n",
                report.shortMinutePriceGibHours(),
                report.actPriceGibHours(),
                report.policy());
        out.println();
        Table vms = new Table("VM", "slack", "would", "starved min", "would", "acts", "would");
        for (WhatIfReport.Vm vm : report.vms()) {
            vms.row(
                    vm.name(),
                    figure(vm.slack().recorded()),
                    figure(vm.slack().value()),
                    figure(vm.starvedMinutes().recorded()),
                    figure(vm.starvedMinutes().value()),
                    figure(vm.acts().recorded()),
                    figure(vm.acts().value()));
        }
        vms.print(out);
        if (!report.differences().isEmpty()) {
            out.println();
            out.println("Targets furthest apart:");
            Table apart = new Table("VM", "event", "MiB", "for", "would be", "for");
            report.differences().stream()
                    .limit(differenceCount)
                    .forEach(each ->
                            apart.row(
                                    each.vm(),
                                    each.runId() + "/" + each.eventSequence(),
                                    mib(each.recordedKib()),
                                    each.recordedReason().toString(),
                                    mib(each.otherKib()),
                                    each.otherReason().toString()));
            apart.print(out);
        }
        report.problems().forEach(out::println);
    }

    private static void row(Table table, String name, Estimate estimate) {
        table.row(
                name,
                figure(estimate.recorded()),
                figure(estimate.again()),
                figure(estimate.other()),
                figure(estimate.value()),
                Double.isNaN(estimate.low())
                        ? "-"
                        : figure(estimate.low()) + " to " + figure(estimate.high()));
    }

    private static String figure(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }

    private static String mib(long kib) {
        return String.format(Locale.ROOT, "%.0f", kib / KIB_PER_MIB);
    }

    /** All of it; times are engine time. */
    ObjectNode toJson() {
        ObjectNode node =
                Json.object()
                        .put("policy", report.policy())
                        .put("hours", report.hours())
                        .put("runs", report.runs())
                        .put("events", report.events())
                        .put("seconds", report.seconds())
                        .put("short_minute_price_gib_hours", report.shortMinutePriceGibHours())
                        .put("act_price_gib_hours", report.actPriceGibHours())
                        .put("answer_ms", report.answerMs())
                        .put("targets", report.targets())
                        .put("targets_apart", report.targetsApart());
        ObjectNode all = node.putObject("all");
        put(all, "given_gib_hours", report.given());
        put(all, "slack_gib_hours", report.slack());
        put(all, "lack_gib_hours", report.lack());
        put(all, "starved_minutes", report.starvedMinutes());
        put(all, "acts", report.acts());
        put(all, "cost_gib_hours", report.cost());
        for (WhatIfReport.Vm vm : report.vms()) {
            ObjectNode own = node.withArray("vms").addObject().put("vm", vm.name());
            put(own, "slack_gib_hours", vm.slack());
            put(own, "starved_minutes", vm.starvedMinutes());
            put(own, "acts", vm.acts());
        }
        for (Difference each : report.differences()) {
            node.withArray("differences")
                    .addObject()
                    .put("vm", each.vm())
                    .put("run", each.runId())
                    .put("event", each.eventSequence())
                    .put("time_ns", each.timeNs())
                    .put("recorded_kib", each.recordedKib())
                    .put("recorded_reason", each.recordedReason().toString())
                    .put("other_kib", each.otherKib())
                    .put("other_reason", each.otherReason().toString());
        }
        report.problems().forEach(node.withArray("problems")::add);
        return node;
    }

    /** Bounds that are not known are null. */
    private static void put(ObjectNode node, String name, Estimate estimate) {
        ObjectNode figures =
                node.putObject(name)
                        .put("measured", estimate.recorded())
                        .put("replayed", estimate.again())
                        .put("other", estimate.other())
                        .put("estimate", estimate.value());
        if (Double.isNaN(estimate.low())) {
            figures.putNull("low").putNull("high");
        } else {
            figures.put("low", estimate.low()).put("high", estimate.high());
        }
    }
}
