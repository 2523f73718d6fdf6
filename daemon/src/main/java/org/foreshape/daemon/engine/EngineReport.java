package org.foreshape.daemon.engine;

import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.foreshape.daemon.config.Config;
import org.foreshape.daemon.control.Json;
import org.foreshape.inference.DriftWatch;
import org.foreshape.inference.ForecastModel;
import org.foreshape.ring.Counter;
import org.foreshape.ring.DistinctErrors;
import org.foreshape.ring.Stage;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Tick;
import org.foreshape.shaping.Explanation;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Turns an engine's snapshot into JSON. Any thread. */
final class EngineReport {
    private static final double SECOND_NS = 1e9;
    private static final double US_NS = 1e3;

    private final Engine engine;
    private final long startedNanoTime = System.nanoTime();

    EngineReport(Engine engine) {
        this.engine = engine;
    }

    ObjectNode status() {
        Tick tick = engine.latest();
        SampleSection sample = tick.sample;
        long allocatedKib = 0;
        long usedKib = 0;
        for (int slot = 0; slot < sample.slotCount; slot++) {
            if (sample.present[slot]) {
                allocatedKib += Math.max(0, sample.allocationKib[slot]);
                usedKib += sample.hasGuestStats(slot) ? sample.usedKib(slot) : 0;
            }
        }
        String stopped = engine.stoppedReason();
        String state = engine.isPaused() ? "paused" : stopped == null ? "running" : "stopped";
        ObjectNode status =
                Json.object()
                        .put("state", state)
                        .put("why", stopped == null ? "" : stopped)
                        .put("hypervisor", engine.hypervisor().name())
                        .put("connected", engine.hypervisor().isConnected())
                        .put("model", engine.forecasterDescription())
                        .put("uptime_seconds", (System.nanoTime() - startedNanoTime) / SECOND_NS)
                        .put("speed", engine.clock().speed())
                        .put("vm_count", engine.roster().all().size())
                        .put("budget_mib", mib(tick.plan.budgetKib))
                        .put("allocated_mib", mib(allocatedKib))
                        .put("used_mib", mib(usedKib))
                        .put("host_memory_mib", mib(sample.hostMemoryKib))
                        .put("host_available_mib", mib(sample.hostAvailableKib))
                        .put("chance_over_budget", engine.chanceOverBudget())
                        .put("journal_records", engine.journalRecordCount())
                        .put("unresolved_intents", engine.unresolvedIntentCount());
        putDrift(status);
        ForecastModel model = engine.model();
        if (model != null) {
            status.put("model_sha256", model.manifest().modelSha256())
                    .put("model_step_seconds", model.manifest().gridStepSeconds());
        }
        putCounters(status);
        status.set("decision_us", latency(Stage.DECISION));
        return status;
    }

    private void putDrift(ObjectNode status) {
        DriftWatch drift = engine.drift();
        status.put("model_drifted", drift != null && drift.isAlarmed())
                .put("drift_alarms", drift == null ? 0 : drift.alarms())
                .put("drifted_vms", drift == null ? 0 : drift.driftedVms());
    }

    ArrayNode vms() {
        Tick tick = engine.latest();
        ArrayNode all = Json.array();
        engine.roster().all().forEach(vm -> all.add(vm(vm, tick)));
        return all;
    }

    ObjectNode plan(VmEntry vm) {
        Tick tick = engine.latest();
        ObjectNode plan = vm(vm, tick);
        plan.put("decision", tick.sequence);
        ArrayNode text = plan.putArray("text");
        if (!isCurrent(vm, tick) || !tick.plan.made) {
            text.add(vm.name() + ": no plan yet");
            return plan;
        }
        text.add(Explanation.explain(tick.plan, tick.forecast, vm.slot(), slot -> nameOf(slot)));
        text.add(
                "decision %d, mode %s, floor %d MiB, ceiling %s, had %d MiB before any run"
                        .formatted(
                                tick.sequence,
                                Config.word(vm.mode()),
                                mib(vm.policy().floorKib()),
                                vm.policy().ceilingKib() == Long.MAX_VALUE
                                        ? "max"
                                        : mib(vm.policy().ceilingKib()) + " MiB",
                                mib(vm.originalKib())));
        String stopped = engine.stoppedReason();
        if (stopped != null) {
            text.add("nothing is done now: " + stopped);
        }
        return plan;
    }

    private String nameOf(int slot) {
        VmEntry vm = engine.roster().at(slot);
        return vm == null ? "slot " + slot : vm.name();
    }

    ObjectNode counters() {
        ObjectNode counters = Json.object();
        putCounters(counters);
        ObjectNode stages = counters.putObject("latency_us");
        for (Stage stage : Stage.values()) {
            stages.set(stage.name().toLowerCase(Locale.ROOT), latency(stage));
        }
        ArrayNode errors = counters.putArray("errors");
        for (DistinctErrors.Entry error : engine.errors().list()) {
            errors.addObject()
                    .put("where", error.where())
                    .put("what", error.what())
                    .put("count", error.count());
        }
        return counters;
    }

    ArrayNode forecasts() {
        Tick tick = engine.latest();
        ArrayNode all = Json.array();
        for (VmEntry vm : engine.roster().all()) {
            if (!isCurrent(vm, tick) || vm.slot() >= tick.forecast.slotCount) {
                continue;
            }
            ForecastSection forecast = tick.forecast;
            ObjectNode one =
                    all.addObject()
                            .put("name", vm.name())
                            .put("source", word(forecast.source[vm.slot()]))
                            .put("task_mib", mib(forecast.taskKib[vm.slot()]))
                            .put("task_cpu_cores", forecast.taskCpuMillicores[vm.slot()] / 1000.)
                            .put("task_storage_mib", mib(forecast.taskStorageKib[vm.slot()]));
            for (Horizon horizon : Horizon.values()) {
                for (Resource resource : Resource.values()) {
                    ObjectNode quantiles =
                            one.putObject(
                                    resource.name().toLowerCase(Locale.ROOT)
                                            + "_"
                                            + horizon.minutes()
                                            + "min");
                    double unit = resource == Resource.CPU ? 1000 : 1024;
                    for (int q = 0; q < Quantiles.COUNT; q++) {
                        quantiles.put(
                                Double.toString(Quantiles.level(q)),
                                forecast.quantile(vm.slot(), resource, horizon, q) / unit);
                    }
                }
            }
        }
        return all;
    }

    private void putCounters(ObjectNode target) {
        for (Counter counter : Counter.values()) {
            target.put(counter.label(), engine.counters().get(counter));
        }
    }

    private ObjectNode latency(Stage stage) {
        return latency(engine.latencies().snapshot(stage));
    }

    /** Percentiles of a histogram of nanoseconds, in microseconds. */
    static ObjectNode latency(Histogram histogram) {
        return Json.object()
                .put("p50", histogram.getValueAtPercentile(50) / US_NS)
                .put("p99", histogram.getValueAtPercentile(99) / US_NS)
                .put("p999", histogram.getValueAtPercentile(99.9) / US_NS)
                .put("max", histogram.getMaxValue() / US_NS);
    }

    private ObjectNode vm(VmEntry vm, Tick tick) {
        int slot = vm.slot();
        ObjectNode node =
                Json.object()
                        .put("name", vm.name())
                        .put("uuid", vm.uuid().toString())
                        .put("mode", Config.word(vm.mode()))
                        .put("priority", vm.policy().priority())
                        .put("floor_mib", mib(vm.policy().floorKib()))
                        .put("original_mib", mib(vm.originalKib()));
        if (vm.policy().ceilingKib() != Long.MAX_VALUE) {
            node.put("ceiling_mib", mib(vm.policy().ceilingKib()));
        }
        if (!isCurrent(vm, tick)) {
            return node;
        }
        SampleSection sample = tick.sample;
        node.put("allocation_mib", mib(sample.allocationKib[slot]))
                .put("maximum_mib", mib(sample.maximumKib[slot]))
                .put("resident_mib", mib(sample.residentKib[slot]))
                .put("cpu_millicores", sample.cpuMillicores[slot]);
        if (sample.hasGuestStats(slot)) {
            node.put("used_mib", mib(sample.usedKib(slot)))
                    .put("usable_mib", mib(sample.usableKib[slot]))
                    .put("stats_age_seconds", (tick.timeNs - sample.statsTimeNs[slot]) / SECOND_NS);
        }
        if (sample.stalledNs[slot] >= 0) {
            node.put("stalled_seconds", sample.stalledNs[slot] / SECOND_NS);
        }
        if (slot < tick.forecast.slotCount && tick.forecast.source[slot] != ForecastSource.NONE) {
            putForecast(node, tick.forecast, slot);
        }
        PlanSection plan = tick.plan;
        if (plan.made && slot < plan.slotCount) {
            node.put("target_mib", mib(plan.targetKib[slot]))
                    .put("want_mib", mib(plan.wantKib[slot]))
                    .put("verdict", word(plan.verdict[slot]))
                    .put("reason", word(plan.reason[slot]))
                    .put("limit", word(plan.limit[slot]))
                    .put("why", why(plan, slot));
        }
        putScores(node, slot);
        return node;
    }

    private void putForecast(ObjectNode node, ForecastSection forecast, int slot) {
        node.put("forecast_source", word(forecast.source[slot]));
        for (Horizon horizon : Horizon.values()) {
            float kib = forecast.quantile(slot, Resource.MEMORY, horizon, Quantiles.P95);
            node.put("p95_" + horizon.minutes() + "min_mib", mib((long) kib));
        }
        node.put("task_mib", mib(forecast.taskKib[slot]))
                .put("task_cpu_cores", forecast.taskCpuMillicores[slot] / 1000.)
                .put("task_storage_mib", mib(forecast.taskStorageKib[slot]));
    }

    private void putScores(ObjectNode node, int slot) {
        ForecastScores scores = engine.scores();
        ObjectNode all = Json.object();
        for (Resource resource : Resource.values()) {
            for (Horizon horizon : Horizon.values()) {
                long scored = scores.scoredCount(slot, resource, horizon);
                if (scored > 0) {
                    all.putObject(word(resource) + "_" + horizon.minutes() + "min")
                            .put("scored", scored)
                            .put(
                                    "p95_held",
                                    (double) scores.heldCount(slot, resource, horizon) / scored)
                            .put("pinball_loss", scores.meanLoss(slot, resource, horizon));
                }
            }
        }
        if (!all.isEmpty()) {
            node.set("forecast_scores", all);
        }
    }

    private static String why(PlanSection plan, int slot) {
        String reason = word(plan.reason[slot]);
        String limit = word(plan.limit[slot]);
        return limit.equals("none") ? reason : reason + ", bound by " + limit;
    }

    private static boolean isCurrent(VmEntry vm, Tick tick) {
        return vm.slot() < tick.sample.slotCount
                && tick.sample.present[vm.slot()]
                && tick.sample.generation[vm.slot()] == vm.generation();
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    static long mib(long kib) {
        return kib < 0 ? kib : (kib + 512) / 1024;
    }
}
