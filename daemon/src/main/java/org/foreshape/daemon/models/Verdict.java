package org.foreshape.daemon.models;

import java.util.Locale;
import org.foreshape.daemon.control.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * How a training came out.
 *
 * @param model name of what was trained
 * @param cause why, in words
 * @param startedNs when, in the engine's time
 * @param result won, lost, or not judged at all
 * @param ratio its loss by that of the model at work; null when they were not compared
 * @param text the whole of it for people
 */
public record Verdict(
        String model,
        String cause,
        long startedNs,
        Result result,
        @Nullable Ratio ratio,
        String text) {
    /** Loss by loss, upper end of the interval: what a model must stay below to be promoted. */
    static final double BOUND = 1;

    /** VMs below which even a model that is better for all of them may be so by chance. */
    static final int VM_COUNT_MIN = 6;

    /** Origins of all VMs, resources and horizons together. */
    static final long ORIGIN_COUNT_MIN = 100;

    /**
     * Loss by loss, below 1 where the candidate is better.
     *
     * @param mean geometric mean over resources, horizons and quantiles
     * @param low lower end of its 95 % interval over VMs
     * @param high upper end
     */
    public record Ratio(double mean, double low, double high) {
        private static Ratio parse(JsonNode node) {
            return new Ratio(
                    node.path("geometric_mean_ratio").asDouble(Double.NaN),
                    node.path("low").asDouble(Double.NaN),
                    node.path("high").asDouble(Double.NaN));
        }

        private boolean isFinite() {
            return Double.isFinite(mean) && Double.isFinite(low) && Double.isFinite(high);
        }
    }

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
                model,
                cause,
                startedNs,
                Result.UNDECIDED,
                null,
                model + " was not judged: " + reason);
    }

    /** What an evaluation says of the first of its models, held against the second. */
    static Verdict of(String model, String cause, long startedNs, String present, JsonNode report) {
        Ratio ratio = Ratio.parse(report.path("first_by_second"));
        int vmCount = report.path("groups").asInt(0);
        long originCount = report.path("origins").asLong(0);
        if (vmCount < VM_COUNT_MIN || originCount < ORIGIN_COUNT_MIN || !ratio.isFinite()) {
            return undecided(
                    model,
                    cause,
                    startedNs,
                    "the time held back has %d VMs and %d origins, needed are %d and %d"
                            .formatted(vmCount, originCount, VM_COUNT_MIN, ORIGIN_COUNT_MIN));
        }
        boolean won = ratio.high() < BOUND;
        return new Verdict(
                model,
                cause,
                startedNs,
                won ? Result.WON : Result.LOST,
                ratio,
                String.format(
                        Locale.ROOT,
                        "%s %s: its loss by that of %s is %.3f (%.3f to %.3f) over %d VMs and %d"
                                + " origins, the upper end must be below %.0f",
                        model,
                        won ? "won" : "did not win",
                        present,
                        ratio.mean(),
                        ratio.low(),
                        ratio.high(),
                        vmCount,
                        originCount,
                        BOUND));
    }

    boolean hasWon() {
        return result == Result.WON;
    }

    /** For programs, and for the store. */
    public ObjectNode toJson() {
        ObjectNode node =
                Json.object()
                        .put("model", model)
                        .put("cause", cause)
                        .put("started_ns", startedNs)
                        .put("result", result.name().toLowerCase(Locale.ROOT))
                        .put("text", text);
        Ratio found = ratio;
        if (found != null) {
            node.putObject("ratio")
                    .put("geometric_mean_ratio", found.mean())
                    .put("low", found.low())
                    .put("high", found.high());
        }
        return node;
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
                node.has("ratio") ? Ratio.parse(node.path("ratio")) : null,
                node.path("text").asString(""));
    }
}
