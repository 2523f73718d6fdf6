package org.foreshape.daemon.models;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.logging.Logger;
import org.foreshape.daemon.control.BadRequestException;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.daemon.fault.NearNames;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ManifestJson;
import org.foreshape.inference.ModelRejectedException;
import org.jspecify.annotations.Nullable;

/**
 * A directory of models: {@code NAME.onnx} with its manifest {@code NAME.json}, what a training
 * said in {@code NAME.log} and how it came out in {@code NAME.verdict.json}, and the file that says
 * which one is promoted. Any thread, several processes. A directory that is not there is an empty
 * one.
 */
public final class ModelStore {
    /** The model that ships with the product; always there. */
    public static final String SHIPPED = "shipped";

    private static final Logger LOG = Logger.getLogger(ModelStore.class.getName());
    private static final String SUFFIX = ".onnx";

    private final Path directory;
    private final PromotedFile promoted;

    /** The store of a directory. */
    public ModelStore(Path directory) {
        this.directory = directory.toAbsolutePath().normalize();
        this.promoted = new PromotedFile(this.directory);
    }

    /** Where it lies. */
    public Path directory() {
        return directory;
    }

    /** Whether a word can name a model of a store. */
    static boolean isName(String word) {
        return word.equals(SHIPPED)
                || (word.endsWith(SUFFIX) && word.indexOf('/') < 0 && !word.equals(SUFFIX));
    }

    /** The file of a model that is not the shipped one. */
    public Path fileOf(String name) {
        return directory.resolve(name);
    }

    /** A file of a training, beside its model. */
    Path besides(String name, String suffix) {
        return directory.resolve(name.substring(0, name.length() - SUFFIX.length()) + suffix);
    }

    /** The models that are there, by name; the shipped one first. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        names.add(SHIPPED);
        StoreFiles.list(directory).stream()
                .map(file -> String.valueOf(file.getFileName()))
                .filter(name -> isName(name) && !name.equals(SHIPPED))
                .sorted()
                .forEach(names::add);
        return names;
    }

    /**
     * What was promoted, newest last; never empty.
     *
     * @throws Failure when the file that says so cannot be read or is damaged
     */
    public List<String> history() {
        return promoted.read();
    }

    /** The promoted model's name. */
    public String promoted() {
        return history().getLast();
    }

    /**
     * Loads the promoted model. Where it cannot be, the one before it: an engine that does not
     * start for want of a file is worse off than with an older model. This is logged.
     */
    public ForecastModel loadPromoted() {
        List<String> history = history();
        for (int k = history.size() - 1; k >= 0; k--) {
            try {
                return load(history.get(k));
            } catch (ModelRejectedException e) {
                LOG.warning(
                        "the promoted model "
                                + history.get(k)
                                + " cannot be used, the one promoted before it takes its place: "
                                + e.getMessage());
            }
        }
        return ForecastModel.shipped();
    }

    /**
     * Loads a model.
     *
     * @throws ModelRejectedException when it cannot be used
     */
    public ForecastModel load(String name) {
        return name.equals(SHIPPED) ? ForecastModel.shipped() : ForecastModel.load(fileOf(name));
    }

    /**
     * The name that somebody means: {@code shipped}, a model of the store, with or without {@code
     * .onnx}, or the file of any other model, which is copied into the store.
     *
     * @throws Failure (usage) when there is none such
     */
    public String resolve(String named) {
        List<String> names = names();
        for (String name : List.of(named, named + SUFFIX)) {
            if (names.contains(name)) {
                return name;
            }
        }
        try {
            Path file = Path.of(named).toAbsolutePath().normalize();
            if (Files.isRegularFile(file)) {
                return directory.equals(file.getParent())
                        ? String.valueOf(file.getFileName())
                        : take(file);
            }
        } catch (InvalidPathException e) {
            LOG.fine(() -> named + " is no path: " + e);
        }
        throw Failure.usage(
                "there is no model "
                        + named
                        + ", neither in "
                        + directory
                        + " nor as a file; "
                        + NearNames.hint(named, names));
    }

    /** Copies a model into the store, since a file elsewhere may go; returns its name. */
    private String take(Path file) {
        String name = String.valueOf(file.getFileName());
        if (!isName(name)) {
            throw Failure.usage(file + " is no model file: its name must end in " + SUFFIX);
        }
        try {
            ForecastModel model = ForecastModel.load(file);
            if (Files.exists(fileOf(name)) && !isSame(name, model)) {
                throw Failure.usage(
                        directory
                                + " has another model "
                                + name
                                + ": promote that by its name, or give this file another one");
            }
            DurableFile.write(
                    ForecastModel.manifestOf(fileOf(name)), ManifestJson.write(model.manifest()));
            DurableFile.write(fileOf(name), model.bytes());
            return name;
        } catch (ModelRejectedException e) {
            throw Failure.usage(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw Failure.missing(
                    "cannot write " + fileOf(name) + " (" + e + "); let this user write there", e);
        }
    }

    private boolean isSame(String name, ForecastModel model) throws IOException {
        return ForecastModel.sha256(Files.readAllBytes(fileOf(name)))
                .equals(model.manifest().modelSha256());
    }

    /** Makes a model the promoted one. */
    public void promote(String name) {
        promoted.change(names -> {
            if (!names.getLast().equals(name)) {
                names.add(name);
            }
            return names;
        });
    }

    /**
     * The name that {@link #rollBack} would promote.
     *
     * @throws Failure (check) when there is none
     */
    public String before() {
        List<String> history = history();
        if (history.size() < 2) {
            throw Failure.check(
                    "no model was promoted before "
                            + history.getLast()
                            + ", so there is nothing to go back to; promote another one by its"
                            + " name");
        }
        return history.get(history.size() - 2);
    }

    /** Takes the promotion of a model back, if it is the last one. */
    public void rollBack(String name) {
        promoted.change(names -> {
            if (names.size() > 1 && names.getLast().equals(name)) {
                names.removeLast();
            }
            return names;
        });
    }

    /**
     * Removes what is of no use any more. A model that won stays for good: journals that were
     * written under it cannot be replayed without.
     */
    void tidy() {
        List<String> history = history();
        StoreFiles.tidy(
                directory,
                name -> {
                    Verdict verdict = verdict(name);
                    return history.contains(name) || (verdict != null && verdict.hasWon());
                });
    }

    /** When the last training began, in the engine's time; 0 when there was none. */
    long lastTrainedNs() {
        return StoreFiles.list(directory).stream()
                .map(file -> String.valueOf(file.getFileName()))
                .filter(file -> file.endsWith(StoreFiles.VERDICT))
                .map(file ->
                        verdict(
                                file.substring(0, file.length() - StoreFiles.VERDICT.length())
                                        + SUFFIX))
                .filter(Objects::nonNull)
                .mapToLong(Verdict::startedNs)
                .max()
                .orElse(0);
    }

    /** Keeps how a training came out. */
    void keep(Verdict verdict) throws IOException {
        DurableFile.write(
                verdictOf(verdict.model()),
                (Json.pretty(verdict.toJson()) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private Path verdictOf(String name) {
        return besides(name, StoreFiles.VERDICT);
    }

    /** How a training came out; null when it is not known. */
    public @Nullable Verdict verdict(String name) {
        if (name.equals(SHIPPED)) {
            return null;
        }
        try {
            Path file = verdictOf(name);
            return Files.exists(file) ? Verdict.parse(Json.parse(Files.readString(file))) : null;
        } catch (IOException | BadRequestException | IllegalArgumentException e) {
            LOG.warning("cannot read " + verdictOf(name) + ": " + e + "; delete it");
            return null;
        }
    }
}
