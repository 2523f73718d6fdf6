package org.foreshape.daemon.demo;

import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.engine.Engine;
import org.foreshape.hypervisor.embedded.GuestSpec;
import org.foreshape.hypervisor.embedded.GuestTotals;
import org.foreshape.ring.Counter;
import org.foreshape.ring.Stage;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What came of a demonstration.
 *
 * @param arms static, reactive, Foreshape
 * @param json everything, as {@code --json} writes it
 */
public record DemoResult(List<ArmResult> arms, ObjectNode json) {
    private static final double US_NS = 1e3;

    /** Copies the list. */
    public DemoResult {
        arms = List.copyOf(arms);
    }

    static DemoResult of(
            DemoOptions options,
            List<GuestSpec> guests,
            List<ArmResult> arms,
            List<List<GuestTotals>> totals,
            Engine engine,
            EngineGarbage garbage,
            long failures) {
        ObjectNode json = Json.object();
        json.put("seconds", options.seconds());
        json.put("speed", options.speed());
        json.put("seed", options.seed());
        json.put("vms", guests.size());
        json.put("budget_mib", DemoGuests.budgetKib(guests) / 1024);
        json.put("ceilings_mib", DemoGuests.ceilingsKib(guests) / 1024);
        json.put("model", engine.forecasterDescription());
        for (Counter counter : Counter.values()) {
            json.put(counter.label(), engine.counters().get(counter));
        }
        json.put("journal_records", engine.journalRecordCount());
        json.set("decision_us", latency(engine.latencies().snapshot(Stage.DECISION)));
        json.put(
                "decision_by_model_and_record_p50",
                engine.latencies().multiples().getValueAtPercentile(50) / 1000.0);
        ObjectNode stages = json.putObject("stage_us");
        for (Stage stage : Stage.values()) {
            stages.set(
                    stage.name().toLowerCase(Locale.ROOT),
                    latency(engine.latencies().snapshot(stage)));
        }
        garbage.writeTo(json);
        json.put("guest_failures", failures);
        for (ArmResult arm : arms) {
            boolean ours = arm.equals(arms.getLast());
            put(json, ours ? "" : arm.name().toLowerCase(Locale.ROOT) + "_", arm);
        }
        ArrayNode each = json.putArray("guests");
        for (int guest = 0; guest < guests.size(); guest++) {
            ObjectNode one = each.addObject().put("name", guests.get(guest).name());
            for (int arm = 0; arm < arms.size(); arm++) {
                one.put(
                        arms.get(arm).name().toLowerCase(Locale.ROOT) + "_stall_seconds",
                        totals.get(arm).get(guest).stallSeconds());
            }
        }
        return new DemoResult(arms, json);
    }

    private static void put(ObjectNode json, String prefix, ArmResult arm) {
        json.put(prefix + "stall_seconds", arm.stallSeconds());
        json.put(prefix + "stalls", arm.stallCount());
        json.put(prefix + "grant_seconds_mean", arm.grantSecondsMean());
        json.put(prefix + "grant_seconds_max", arm.grantSecondsMax());
        json.put(prefix + "given_gib", arm.givenGib());
        json.put(prefix + "used_gib", arm.usedGib());
        json.put(prefix + "saved_fraction", arm.savedFraction());
        json.put(prefix + "bad_pages", arm.badPages());
    }

    private static ObjectNode latency(Histogram histogram) {
        return Json.object()
                .put("p50", histogram.getValueAtPercentile(50) / US_NS)
                .put("p99", histogram.getValueAtPercentile(99) / US_NS)
                .put("p999", histogram.getValueAtPercentile(99.9) / US_NS)
                .put("max", histogram.getMaxValue() / US_NS);
    }
}
