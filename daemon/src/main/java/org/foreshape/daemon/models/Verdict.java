package org.foreshape.daemon.models;

import java.util.Locale;
import org.foreshape.daemon.control.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * How a training came out.
 *
 * @param model name of what was trained
 * @param cause why, in words
 * @param startedNs when, in the engine's time
 * @param result won, lost, or not judged at all
 * @param text the whole of it for people
 */
public record Verdict(String model, String cause, long startedNs, Result result, String text) {
    /** Loss by loss, upper end of the interval: what a model must stay below to be promoted. */
    static final double BOUND = 1;

    /** VMs below which even a model that is better for all of them may be so by chance. */
    static final int VM_COUNT_MIN = 6;

    /** Origins of all VMs, resources and horizons together. */
    static final long ORIGIN_COUNT_MIN = 100;

    /** How it can come out. */
    public enum Result {
        /** Better by the stated bound. */
        WON,
        /** Not so. */
        LOST,
        /** Not trained, or there was too little to judge on. */
        UNDECIDED
    }

    /** One that was never held against another model. */
    static Verdict undecided(String model, String cause, long startedNs, String reason) {
        return new Verdict(
                model, cause, startedNs, Result.UNDECIDED, model + " was not judged: " + reason);
    }

    /** What an evaluation says of the first of its models, held against the second. */
    static Verdict of(String model, String cause, long startedNs, String present, JsonNode report) {
        JsonNode ratio = report.path("first_by_second");
        double mean = ratio.path("geometric_mean_ratio").asDouble(Double.NaN);
        double low = ratio.path("low").asDouble(Double.NaN);
        double high = ratio.path("high").asDouble(Double.NaN);
        int vmCount = report.path("groups").asInt(0);
        long originCount = report.path("origins").asLong(0);
        if (vmCount < VM_COUNT_MIN || originCount < ORIGIN_COUNT_MIN || !Double.isFinite(high)) {
            return undecided(
                    model,
                    cause,
                    startedNs,
                    "the time held back has %d VMs and %d origins, needed are %d and %d"
                            .formatted(vmCount, originCount, VM_COUNT_MIN, ORIGIN_COUNT_MIN));
        }
        boolean won = high < BOUND;
        return new Verdict(
                model,
                cause,
                startedNs,
                won ? Result.WON : Result.LOST,
                String.format(
                        Locale.ROOT,
                        "%s %s: its loss by that of %s is %.3f (%.3f to %.3f) over %d VMs and %d"
                                + " origins, the upper end must be below %.0f",
                        model,
                        won ? "won" : "did not win",
                        present,
                        mean,
                        low,
                        high,
                        vmCount,
                        originCount,
                        BOUND));
    }

    boolean hasWon() {
        return result == Result.WON;
    }

    ObjectNode toJson() {
        return Json.object()
                .put("model", model)
                .put("cause", cause)
                .put("started_ns", startedNs)
                .put("result", result.name().toLowerCase(Locale.ROOT))
                .put("text", text);
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @throws IllegalArgumentException when it is something else
     */
    static Verdict parse(JsonNode node) {
        return new Verdict(
                node.path("model").asString(""),
                node.path("cause").asString(""),
                node.path("started_ns").asLong(0),
                Result.valueOf(node.path("result").asString("").toUpperCase(Locale.ROOT)),
                node.path("text").asString(""));
    }
}
