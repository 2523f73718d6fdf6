package org.foreshape.inference.evaluate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.IntToDoubleFunction;
import org.foreshape.inference.evaluate.Bootstrap.Comparison;
import org.foreshape.inference.trace.VmGroups;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What an evaluation found, as text, JSON and picture. One thread. */
public final class EvaluationReport {
    private static final JsonMapper MAPPER =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private final ScoreGrid grid;
    private final List<String> vms;
    private final long[] origins;
    private final List<Tally> models;
    private final List<Tally> baselines;
    private final double[][] reliability;
    private final List<Fan> fans;
    private final Tally[] best = new Tally[Score.CELLS];
    private @Nullable Bootstrap bootstrap;
    private boolean grouped;

    EvaluationReport(
            ScoreGrid grid,
            List<String> vms,
            long[] origins,
            List<Tally> models,
            List<Tally> baselines,
            double[][] reliability,
            List<Fan> fans) {
        this.grid = grid;
        this.vms = List.copyOf(vms);
        this.origins = origins.clone();
        this.models = List.copyOf(models);
        this.baselines = List.copyOf(baselines);
        this.reliability = reliability;
        this.fans = List.copyOf(fans);
        for (int cell = 0; cell < best.length; cell++) {
            best[cell] = baselines.getFirst();
            for (Tally baseline : baselines) {
                if (baseline.pinball(cell) < best[cell].pinball(cell)) {
                    best[cell] = baseline;
                }
            }
        }
    }

    /**
     * VMs that counted.
     *
     * @return the count
     */
    public int vmCount() {
        return vms.size();
    }

    /**
     * Origins of one series, over all VMs.
     *
     * @param series from {@link Score#series}
     * @return the count
     */
    public long origins(int series) {
        return origins[series];
    }

    /**
     * Compares every model with the best baseline of each cell, drawing groups of VMs.
     *
     * @param groups a file for {@link VmGroups#read}; null: every VM alone
     * @throws IOException when it cannot be read
     */
    public void bootstrap(@Nullable Path groups) throws IOException {
        VmGroups known = VmGroups.read(groups);
        grouped = groups != null;
        bootstrap = new Bootstrap(vms.stream().map(known::groupOf).toList());
    }

    /**
     * The comparison of the first model, as one number: the geometric mean over the cells of its
     * loss by the best baseline's.
     *
     * @return below 1 when the model is better; NaN without a model
     */
    public double meanRatio() {
        return models.isEmpty() ? Double.NaN : comparison(models.getFirst()).mean();
    }

    /**
     * A figure with its 95 % interval.
     *
     * @param mean the figure
     * @param low lower end
     * @param high upper end
     */
    public record Interval(double mean, double low, double high) {}

    /**
     * Compares two of the models: the geometric mean over the cells of the first one's loss by the
     * other's, drawing groups of VMs.
     *
     * @param model its index
     * @param other the other's index
     * @return below 1 when the first is better
     */
    public Interval ratio(int model, int other) {
        Tally[] others = new Tally[Score.CELLS];
        Arrays.fill(others, models.get(other));
        Comparison found = draws().compare(models.get(model), others);
        return new Interval(found.mean(), found.meanLow(), found.meanHigh());
    }

    private Bootstrap draws() {
        Bootstrap draws = bootstrap;
        if (draws == null) {
            draws = new Bootstrap(vms);
            bootstrap = draws;
        }
        return draws;
    }

    private Comparison comparison(Tally model) {
        return draws().compare(model, best);
    }

    /** Index of the plain forecaster, if it was scored; else -1. */
    private int fallback() {
        return models.stream().map(tally -> tally.name).toList().indexOf(FallbackSeries.NAME);
    }

    /**
     * Losses and coverages by forecaster and measure, for a manifest.
     *
     * @return loss in 1e-3 of capacity, rounded to 1e-4
     */
    public Map<String, Map<String, Double>> scores() {
        Map<String, Map<String, Double>> scores = new TreeMap<>();
        for (List<Tally> tallies : List.of(models, baselines)) {
            for (Tally tally : tallies) {
                Map<String, Double> measures = new TreeMap<>();
                for (int cell = 0; cell < Score.CELLS; cell++) {
                    if (tally.vms(cell) > 0) {
                        measures.put(
                                cellName(cell) + " pinball", round(1000 * tally.pinball(cell)));
                        measures.put(cellName(cell) + " coverage", round(tally.coverage(cell)));
                    }
                }
                scores.put(tally.name, measures);
            }
        }
        return scores;
    }

    private static double round(double value) {
        return Math.round(value * 1e4) / 1e4;
    }

    private static String cellName(int cell) {
        int series = cell / Score.levelCount();
        return Score.RESOURCES.get(series / Score.HORIZON_MINUTES.size())
                + " "
                + Score.HORIZON_MINUTES.get(series % Score.HORIZON_MINUTES.size())
                + " min "
                + Score.level(cell % Score.levelCount());
    }

    /**
     * The report as a table for people.
     *
     * @return lines, with a line feed after each
     */
    public String text() {
        StringBuilder out = new StringBuilder();
        out.append(
                String.format(
                        Locale.ROOT,
                        "%d VMs; scored from second %d (bin %d of %d s) on; origins: %s%n",
                        vms.size(),
                        (long) grid.firstScored() * grid.stepSeconds(),
                        grid.firstScored(),
                        grid.stepSeconds(),
                        originsText()));
        out.append("Pinball loss in 1e-3 of capacity, mean over VMs:\n");
        appendHeader(out);
        for (Tally tally : models) {
            appendRow(out, tally.name, cell -> 1000 * tally.pinball(cell), "%9.3f");
        }
        for (Tally tally : baselines) {
            appendRow(out, tally.name, cell -> 1000 * tally.pinball(cell), "%9.3f");
        }
        for (Tally model : models) {
            out.append("Coverage of ").append(model.name).append(", in percent:\n");
            appendHeader(out);
            appendRow(out, "covered", cell -> 100 * model.coverage(cell), "%9.2f");
            appendRow(out, "of it not tied", cell -> 100 * model.below(cell), "%9.2f");
            appendRow(
                    out, "mean |error| of a VM", cell -> 100 * model.coverageError(cell), "%9.2f");
            Comparison comparison = comparison(model);
            out.append("Loss by the best baseline's, with 95 % interval over ")
                    .append(Objects.requireNonNull(bootstrap).groupCount())
                    .append(grouped ? " groups:\n" : " VMs (no groups given):\n");
            appendRow(out, "ratio", cell -> comparison.ratio()[cell], "%9.3f");
            appendRow(out, "from", cell -> comparison.low()[cell], "%9.3f");
            appendRow(out, "to", cell -> comparison.high()[cell], "%9.3f");
            out.append(
                    String.format(
                            Locale.ROOT,
                            "Geometric mean over the cells: %.4f (%.4f to %.4f)%n",
                            comparison.mean(),
                            comparison.meanLow(),
                            comparison.meanHigh()));
            int fallback = fallback();
            if (fallback >= 0 && !model.name.equals(FallbackSeries.NAME)) {
                Interval ratio = ratio(models.indexOf(model), fallback);
                out.append(
                        String.format(
                                Locale.ROOT,
                                "Geometric mean of its loss by the fallback's: %.4f (%.4f to"
                                        + " %.4f)%n",
                                ratio.mean(),
                                ratio.low(),
                                ratio.high()));
            }
        }
        return out.toString();
    }

    private String originsText() {
        List<String> parts = new ArrayList<>();
        for (int s = 0; s < Score.SERIES; s++) {
            parts.add(seriesName(s) + " " + origins[s]);
        }
        return String.join(", ", parts);
    }

    private static String seriesName(int series) {
        return Score.RESOURCES.get(series / Score.HORIZON_MINUTES.size())
                + " "
                + Score.HORIZON_MINUTES.get(series % Score.HORIZON_MINUTES.size())
                + " min";
    }

    private static void appendHeader(StringBuilder out) {
        out.append(" ".repeat(34));
        for (int s = 0; s < Score.SERIES; s++) {
            String name = seriesName(s);
            out.append(" ".repeat(9 * Score.levelCount() - name.length())).append(name);
        }
        out.append('\n').append(" ".repeat(34));
        for (int cell = 0; cell < Score.CELLS; cell++) {
            out.append(String.format(Locale.ROOT, "%9s", Score.level(cell % Score.levelCount())));
        }
        out.append('\n');
    }

    private static void appendRow(
            StringBuilder out, String name, IntToDoubleFunction of, String f) {
        String shown = name.length() > 33 ? "..." + name.substring(name.length() - 30) : name;
        out.append(String.format(Locale.ROOT, "%-34s", shown));
        for (int cell = 0; cell < Score.CELLS; cell++) {
            double value = of.applyAsDouble(cell);
            out.append(Double.isNaN(value) ? "        -" : String.format(Locale.ROOT, f, value));
        }
        out.append('\n');
    }

    /**
     * The report for programs: {@code vms}, {@code origins} (of all four series together), {@code
     * models} and {@code baselines} with their {@code cells}, and, where there are two models, the
     * {@link #ratio} of the first two as {@code first_by_second}; loss as a fraction of capacity.
     *
     * @return JSON text
     */
    public String json() {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("vms", vms.size());
        long all = 0;
        for (long count : origins) {
            all += count;
        }
        root.put("origins", all);
        root.put("from_seconds", (long) grid.firstScored() * grid.stepSeconds());
        root.put("step_seconds", grid.stepSeconds());
        ArrayNode counts = root.putArray("series");
        for (int s = 0; s < Score.SERIES; s++) {
            ObjectNode count = counts.addObject();
            count.put("resource", Score.RESOURCES.get(s / Score.HORIZON_MINUTES.size()));
            count.put(
                    "horizon_minutes", Score.HORIZON_MINUTES.get(s % Score.HORIZON_MINUTES.size()));
            count.put("vms", baselines.getFirst().vms(Score.cell(s, 0)));
            count.put("origins", origins[s]);
        }
        ArrayNode modelNodes = root.putArray("models");
        models.forEach(model -> addComparison(addCells(modelNodes.addObject(), model), model));
        ArrayNode baselineNodes = root.putArray("baselines");
        baselines.forEach(baseline -> addCells(baselineNodes.addObject(), baseline));
        if (models.size() > 1) {
            root.put("groups", draws().groupCount());
            addRatio(root.putObject("first_by_second"), ratio(0, 1));
        }
        return MAPPER.writeValueAsString(root) + "\n";
    }

    private static ObjectNode addCells(ObjectNode node, Tally tally) {
        node.put("name", tally.name);
        ArrayNode cells = node.putArray("cells");
        for (int cell = 0; cell < Score.CELLS; cell++) {
            if (tally.vms(cell) == 0) {
                continue;
            }
            int series = cell / Score.levelCount();
            ObjectNode c = cells.addObject();
            c.put("resource", Score.RESOURCES.get(series / Score.HORIZON_MINUTES.size()));
            c.put(
                    "horizon_minutes",
                    Score.HORIZON_MINUTES.get(series % Score.HORIZON_MINUTES.size()));
            c.put("quantile", Score.level(cell % Score.levelCount()));
            c.put("pinball", tally.pinball(cell));
            c.put("coverage", tally.coverage(cell));
            c.put("coverage_without_ties", tally.below(cell));
            c.put("vm_coverage_error", tally.coverageError(cell));
            c.put("vms", tally.vms(cell));
        }
        return node;
    }

    private static void addRatio(ObjectNode node, Interval ratio) {
        node.put("geometric_mean_ratio", ratio.mean());
        node.put("low", ratio.low());
        node.put("high", ratio.high());
    }

    private void addComparison(ObjectNode node, Tally model) {
        Comparison comparison = comparison(model);
        ObjectNode out = node.putObject("comparison");
        out.put("groups", Objects.requireNonNull(bootstrap).groupCount());
        out.put("geometric_mean_ratio", comparison.mean());
        out.put("low", comparison.meanLow());
        out.put("high", comparison.meanHigh());
        int fallback = fallback();
        if (fallback >= 0) {
            addRatio(out.putObject("by_fallback"), ratio(models.indexOf(model), fallback));
        }
        ArrayNode cells = out.putArray("cells");
        for (int cell = 0; cell < Score.CELLS; cell++) {
            if (model.vms(cell) > 0) {
                ObjectNode c = cells.addObject();
                c.put("cell", cellName(cell));
                c.put("best_baseline", best[cell].name);
                c.put("ratio", comparison.ratio()[cell]);
                c.put("low", comparison.low()[cell]);
                c.put("high", comparison.high()[cell]);
            }
        }
    }

    /**
     * The first model's reliability and a few VMs' fans, as a picture.
     *
     * @return SVG text; of the baselines alone there is none: an empty picture
     */
    public String svg() {
        return EvaluationPicture.draw(
                models.isEmpty() ? "" : models.getFirst().name, reliability, fans);
    }
}
