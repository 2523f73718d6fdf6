package org.foreshape.daemon.simulate;

import java.util.List;
import java.util.Locale;
import org.foreshape.daemon.control.Json;
import org.foreshape.shaping.simulation.GroupDraws.Interval;
import org.foreshape.shaping.simulation.Measure;
import org.foreshape.shaping.simulation.Priorities;
import org.foreshape.shaping.simulation.Score;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Scores as JSON. */
public final class SimulationReport {
    private SimulationReport() {}

    /**
     * What {@code simulate --json} writes.
     *
     * @param scores one for each policy, with its defaults
     * @param sweep all their settings; null: none were tried
     */
    public static ObjectNode toJson(List<Score> scores, @Nullable Sweep sweep) {
        ObjectNode root = Json.object();
        ArrayNode policies = root.putArray("policies");
        scores.forEach(score -> add(policies.addObject(), score));
        if (sweep != null) {
            addSettings(root.putArray("sweep"), sweep);
            addComparisons(root.putArray("comparison"), sweep);
            root.put("groups", sweep.groupCount());
        }
        return root;
    }

    private static void addSettings(ArrayNode nodes, Sweep sweep) {
        for (Sweep.Setting setting : sweep.settings()) {
            ObjectNode node = nodes.addObject();
            node.put("policy", setting.policy()).put("knob", setting.knob());
            add(node, "slack_gib_hours", sweep.slack(setting));
            add(node, "short_share_of_vm_time", sweep.share(setting, Measure.VM_TIME));
            add(node, "short_share_of_demand", sweep.share(setting, Measure.DEMAND));
            node.put("starved_vm_minutes", setting.score().starvedVmMinutes());
        }
    }

    private static void addComparisons(ArrayNode nodes, Sweep sweep) {
        for (Sweep.Comparison comparison : sweep.compare()) {
            ObjectNode node = nodes.addObject();
            node.put("policy", comparison.policy())
                    .put("measure", comparison.level().measure().name().toLowerCase(Locale.ROOT))
                    .put("short_share", comparison.level().share());
            add(node, "slack_gib_hours", comparison.slack());
            add(node, "slack_by_peers_slack", comparison.slackRatio());
            add(node, "shortfall_by_peers_at_equal_slack", comparison.shortfallRatio());
        }
    }

    /** What is no number has no place in JSON: it is null. */
    private static void add(ObjectNode node, String name, Interval interval) {
        ObjectNode out = node.putObject(name);
        add(out, "value", interval.value());
        add(out, "low", interval.low());
        add(out, "high", interval.high());
    }

    private static void add(ObjectNode node, String name, double value) {
        if (Double.isFinite(value)) {
            node.put(name, value);
        } else {
            node.putNull(name);
        }
    }

    private static void add(ObjectNode node, Score score) {
        node.put("policy", score.policy())
                .put("vms", score.vms())
                .put("hours", score.hours())
                .put("static_gib_hours", score.staticGibHours())
                .put("reserved_gib_hours", score.reservedGibHours())
                .put("saved_fraction", score.savedFraction())
                .put("demand_gib_hours", score.demandGibHours())
                .put("shortfall_gib_hours", score.shortfallGibHours())
                .put("shortfall_vm_minutes", score.shortfallVmMinutes())
                .put("shortfall_fraction", score.shortfallFraction())
                .put("starved_vm_minutes", score.starvedVmMinutes())
                .put("acts", score.growActs() + score.shrinkActs())
                .put("grow_acts", score.growActs())
                .put("shrink_acts", score.shrinkActs())
                .putObject("decision_us")
                .put("p50", score.decisionUs(.5))
                .put("p99", score.decisionUs(.99));
        if (score.ranked()) {
            addPriorities(node.putObject("by_priority"), score);
        }
        if (score.taskStarts() > 0) {
            node.putObject("task_starts")
                    .put("count", score.taskStarts())
                    .put("first_minute_shortfall_gib_hours", score.taskStartShortfallGibHours())
                    .put("first_minute_shortfall_minutes", score.taskStartShortfallVmMinutes());
        }
    }

    private static void addPriorities(ObjectNode byPriority, Score score) {
        byPriority.put("inversion_vm_minutes", score.inversionVmMinutes());
        ArrayNode minutes = byPriority.putArray("shortfall_vm_minutes");
        ArrayNode gibHours = byPriority.putArray("shortfall_gib_hours");
        for (int priority = 0; priority < Priorities.COUNT; priority++) {
            minutes.add(score.shortfallVmMinutes(priority, priority));
            gibHours.add(score.shortfallGibHours(priority, priority));
        }
    }
}
