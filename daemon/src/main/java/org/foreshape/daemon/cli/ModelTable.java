package org.foreshape.daemon.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.models.ModelStore;
import org.foreshape.daemon.models.Verdict;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ManifestJson;
import org.foreshape.inference.ModelManifest;
import org.foreshape.inference.ModelRejectedException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The models of a store, for people and for programs. */
final class ModelTable {
    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm'Z'").withZone(ZoneOffset.UTC);

    private final ModelStore store;
    private final String atWorkSha256;
    private final List<String> history;

    /**
     * A table of what is there now.
     *
     * @param atWorkSha256 of the model that a daemon works with; "" when none runs
     */
    ModelTable(ModelStore store, String atWorkSha256) {
        this.store = store;
        this.atWorkSha256 = atWorkSha256;
        this.history = store.history();
    }

    /** What is there, and what was promoted though it is there no more. */
    private Set<String> names() {
        Set<String> names = new LinkedHashSet<>(store.names());
        names.addAll(history);
        return names;
    }

    void print(PrintWriter out) {
        Table table = new Table("model", "state", "step s", "trained on", "when", "last verdict");
        for (String name : names()) {
            ModelManifest manifest = manifest(name);
            table.row(
                    name,
                    String.join(", ", states(name, manifest)),
                    manifest == null ? "-" : Integer.toString(manifest.gridStepSeconds()),
                    manifest == null ? "-" : trainedOn(manifest),
                    when(name),
                    verdict(store.verdict(name)));
        }
        table.print(out);
    }

    private List<String> states(String name, @Nullable ModelManifest manifest) {
        List<String> states = new ArrayList<>();
        if (history.getLast().equals(name)) {
            states.add("promoted");
        } else if (history.contains(name)) {
            states.add("before");
        }
        if (manifest == null) {
            states.add(Files.exists(store.fileOf(name)) ? "without manifest" : "missing");
        } else if (manifest.modelSha256().equals(atWorkSha256)) {
            states.add("at work");
        }
        return states;
    }

    /** What stands beside the model; null when it cannot be read. */
    private @Nullable ModelManifest manifest(String name) {
        try {
            if (name.equals(ModelStore.SHIPPED)) {
                return ForecastModel.shipped().manifest();
            }
            Path file = ForecastModel.manifestOf(store.fileOf(name));
            return ManifestJson.read(Files.readAllBytes(file), file.toString());
        } catch (IOException | ModelRejectedException e) {
            return null;
        }
    }

    private static String trainedOn(ModelManifest manifest) {
        Set<String> data = manifest.trainingDataSha256().keySet();
        return data.size() > 2 ? data.size() + " files" : String.join(", ", data);
    }

    /** When it was trained; of a model from elsewhere, when it came. */
    private String when(String name) {
        if (name.equals(ModelStore.SHIPPED)) {
            return "-";
        }
        Verdict verdict = store.verdict(name);
        try {
            return MINUTE.format(
                    verdict != null
                            ? Instant.ofEpochSecond(verdict.startedNs() / 1_000_000_000L)
                            : Files.getLastModifiedTime(store.fileOf(name)).toInstant());
        } catch (IOException e) {
            return "-";
        }
    }

    private static String verdict(@Nullable Verdict verdict) {
        if (verdict == null) {
            return "-";
        }
        Verdict.Ratio ratio = verdict.ratio();
        String word = verdict.result().name().toLowerCase(Locale.ROOT);
        return ratio == null
                ? word
                : String.format(
                        Locale.ROOT,
                        "%s, %.3f (%.3f to %.3f)",
                        word,
                        ratio.mean(),
                        ratio.low(),
                        ratio.high());
    }

    ObjectNode toJson() {
        ObjectNode root = Json.object();
        root.put("directory", store.directory().toString());
        root.put("promoted", history.getLast());
        ArrayNode before = root.putArray("history");
        history.forEach(before::add);
        ArrayNode models = root.putArray("models");
        for (String name : names()) {
            ModelManifest manifest = manifest(name);
            ObjectNode model = models.addObject().put("name", name);
            ArrayNode states = model.putArray("states");
            states(name, manifest).forEach(states::add);
            model.put("when", when(name));
            if (manifest != null) {
                model.put("sha256", manifest.modelSha256());
                model.put("step_seconds", manifest.gridStepSeconds());
                ArrayNode data = model.putArray("trained_on");
                manifest.trainingDataSha256().keySet().forEach(data::add);
            }
            Verdict verdict = store.verdict(name);
            if (verdict != null) {
                model.set("verdict", verdict.toJson());
            }
        }
        return root;
    }
}
