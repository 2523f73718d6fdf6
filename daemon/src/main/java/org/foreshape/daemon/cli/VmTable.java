package org.foreshape.daemon.cli;

import java.io.PrintWriter;
import tools.jackson.databind.JsonNode;

/** Prints what the daemon tells of itself and its VMs. */
final class VmTable {
    private VmTable() {}

    /** The lines about the engine as a whole. */
    static void printStatus(PrintWriter out, JsonNode status) {
        out.printf(
                "foreshape is %s on %s%s%n",
                status.path("state").asString(),
                status.path("hypervisor").asString(),
                status.path("connected").asBoolean(false) ? "" : " (NOT CONNECTED)");
        String why = status.path("why").asString("");
        if (!why.isEmpty()) {
            out.println("  " + why);
        }
        out.printf(
                "  memory: %s of %s MiB budget given, %s MiB used; host %s of %s MiB available;"
                        + " chance that all need more than the budget within 5 min: %.3f%n",
                status.path("allocated_mib").asString(),
                status.path("budget_mib").asString(),
                status.path("used_mib").asString(),
                status.path("host_available_mib").asString(),
                status.path("host_memory_mib").asString(),
                status.path("chance_over_budget").asDouble());
        out.printf(
                "  model %s; %s ticks, %s decisions, %s acts, %s samples dropped; decision p50 %s"
                        + " us, p99 %s us%n",
                status.path("model").asString(),
                status.path("ticks").asString(),
                status.path("decisions").asString(),
                status.path("acts").asString(),
                status.path("dropped_samples").asString(),
                status.path("decision_us").path("p50").asString(),
                status.path("decision_us").path("p99").asString());
        if (status.path("drifted_vms").asInt(0) > 0) {
            out.printf(
                    "  the model drifted%s: the plain forecaster speaks in its place of %s VMs%n",
                    status.path("model_drifted").asBoolean(false) ? "" : " on some VMs",
                    status.path("drifted_vms").asString());
        }
    }

    /** One line for each VM. */
    static void printVms(PrintWriter out, JsonNode vms) {
        if (vms.isEmpty()) {
            out.println("no VMs");
            return;
        }
        Table table =
                new Table(
                        "VM",
                        "mode",
                        "prio",
                        "has MiB",
                        "used",
                        "usable",
                        "p95 15min",
                        "target",
                        "verdict",
                        "why");
        for (JsonNode vm : vms) {
            table.row(
                    vm.path("name").asString(),
                    vm.path("mode").asString(),
                    vm.path("priority").asString(),
                    number(vm, "allocation_mib"),
                    number(vm, "used_mib"),
                    number(vm, "usable_mib"),
                    number(vm, "p95_15min_mib"),
                    number(vm, "target_mib"),
                    vm.path("verdict").asString("-"),
                    vm.path("why").asString(""));
        }
        table.print(out);
    }

    private static String number(JsonNode vm, String key) {
        JsonNode value = vm.path(key);
        return value.isNumber() ? value.asString() : "-";
    }
}
