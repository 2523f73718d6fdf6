package org.foreshape.daemon.simulate;

import java.util.List;
import org.foreshape.daemon.control.Json;
import org.foreshape.shaping.simulation.Score;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Scores as JSON. */
public final class SimulationReport {
    private SimulationReport() {}

    /**
     * What {@code simulate --json} writes.
     *
     * @param scores one for each policy
     */
    public static ObjectNode toJson(List<Score> scores) {
        ObjectNode root = Json.object();
        ArrayNode policies = root.putArray("policies");
        scores.forEach(score -> add(policies.addObject(), score));
        return root;
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
        if (score.taskStarts() > 0) {
            node.putObject("task_starts")
                    .put("count", score.taskStarts())
                    .put("first_minute_shortfall_gib_hours", score.taskStartShortfallGibHours())
                    .put("first_minute_shortfall_minutes", score.taskStartShortfallVmMinutes());
        }
    }
}
