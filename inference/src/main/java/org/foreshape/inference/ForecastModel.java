package org.foreshape.inference;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A model that was checked and may be run: its file and its manifest. Immutable, safe from any
 * thread.
 */
public final class ForecastModel {
    private static final String SHIPPED = "model/default";
    private static final String LSTM = "model/lstm";
    private static final int HIDDEN_MAX = 1024;
    private static final int OPSET_MIN = 17;
    private static final String CURE = " Train it again with `foreshape train`.";

    private final String name;
    private final byte[] bytes;
    private final ModelManifest manifest;

    private ForecastModel(String name, byte[] bytes, ModelManifest manifest) {
        this.name = name;
        this.bytes = bytes;
        this.manifest = manifest;
    }

    /**
     * The model that comes with Foreshape.
     *
     * @return the checked model
     * @throws ModelRejectedException when the installation is damaged
     */
    public static ForecastModel shipped() {
        return of("the shipped model", resource(SHIPPED + ".onnx"), resource(SHIPPED + ".json"));
    }

    /**
     * The stateful model that comes with Foreshape: not the default, kept to compare with.
     *
     * @return the checked model
     * @throws ModelRejectedException when the installation is damaged
     */
    public static ForecastModel lstm() {
        return of("the shipped LSTM", resource(LSTM + ".onnx"), resource(LSTM + ".json"));
    }

    /**
     * Loads a model and the manifest beside it ({@link #manifestOf}).
     *
     * @param file the ONNX file
     * @return the checked model
     * @throws ModelRejectedException when a file is missing or corrupt, the model was made for
     *     another schema, has weights that are not finite, or does not answer as it must
     */
    public static ForecastModel load(Path file) {
        return of(file.toString(), read(file), read(manifestOf(file)));
    }

    /** Checks a model; the cheap checks come first, running it comes last. */
    static ForecastModel of(String name, byte[] bytes, byte[] manifestJson) {
        ModelManifest manifest = ManifestJson.read(manifestJson, "The manifest of " + name);
        checkSchema(name, manifest);
        String hash = sha256(bytes);
        if (!hash.equals(manifest.modelSha256())) {
            throw new ModelRejectedException(
                    name
                            + " is corrupt: its SHA-256 is "
                            + hash
                            + ", its manifest says "
                            + manifest.modelSha256()
                            + ". Copy model and manifest again, both from the same training.");
        }
        checkWeights(name, bytes);
        ForecastModel model = new ForecastModel(name, bytes, manifest);
        model.checkAnswers();
        return model;
    }

    private static void checkSchema(String name, ModelManifest manifest) {
        boolean rows = manifest.schemaVersion() == DemandSchema.VERSION;
        String hash = rows ? DemandSchema.HASH : FeatureSchema.HASH;
        if ((!rows && manifest.schemaVersion() != FeatureSchema.VERSION)
                || !hash.equals(manifest.schemaHash())) {
            throw new ModelRejectedException(
                    name
                            + " was trained for feature schema "
                            + manifest.schemaVersion()
                            + " ("
                            + manifest.schemaHash()
                            + "), this engine has schema "
                            + FeatureSchema.VERSION
                            + " ("
                            + FeatureSchema.HASH
                            + ") for stateful models and schema "
                            + DemandSchema.VERSION
                            + " ("
                            + DemandSchema.HASH
                            + ") for feature models."
                            + CURE);
        }
        List<Double> quantiles = Arrays.stream(FeatureSchema.QUANTILES).boxed().toList();
        int grid = manifest.gridStepSeconds();
        List<Integer> horizons =
                rows && grid > 0
                        ? List.of(300 / grid, 900 / grid)
                        : Arrays.stream(FeatureSchema.HORIZON_STEPS).boxed().toList();
        if (!quantiles.equals(manifest.quantiles())
                || !horizons.equals(manifest.horizonSteps())
                || manifest.hiddenSize() < (rows ? 0 : 1)
                || manifest.hiddenSize() > HIDDEN_MAX
                || grid < 1
                || (rows ? 300 : 3600) % grid != 0
                || manifest.historyStepsMin() < 0) {
            throw new ModelRejectedException(
                    "The manifest of " + name + " has values out of range." + CURE);
        }
    }

    private static void checkWeights(String name, byte[] bytes) {
        long weights;
        long opset;
        try {
            weights = OnnxWeights.countFinite(bytes);
            opset = OnnxWeights.opset(bytes);
        } catch (IllegalArgumentException e) {
            throw new ModelRejectedException(name + " is " + e.getMessage() + "." + CURE, e);
        }
        if (opset < OPSET_MIN) {
            throw new ModelRejectedException(
                    name
                            + " was written for operator set "
                            + opset
                            + ", this engine wants "
                            + OPSET_MIN
                            + " or later."
                            + CURE);
        }
        if (weights <= 0) {
            throw new ModelRejectedException(
                    name
                            + (weights < 0
                                    ? " has a weight that is not finite."
                                    : " has no weights.")
                            + CURE);
        }
    }

    /** Takes a few steps with ordinary and extreme inputs: right shapes, finite answers. */
    private void checkAnswers() {
        try (Arena arena = Arena.ofConfined()) {
            SessionBuffers buffers = SessionBuffers.of(manifest, 1, arena);
            try (ModelSession session = ModelSessions.openReference(bytes, buffers)) {
                float[] probes = {0f, 1f, 15f, -15f, 0f};
                for (int step = 0; step < probes.length; step++) {
                    buffers.fillFirstRow(probes[step]);
                    buffers.outputs().fill((byte) 0xFF); // NaN: an unwritten answer shows.
                    if (!session.run(0, step % buffers.sideCount())) {
                        throw new ModelRejectedException(
                                name + " does not run: " + session.lastError() + CURE);
                    }
                    for (int k = 0; k < FeatureSchema.OUTPUT_COUNT; k++) {
                        float y = buffers.outputs().getAtIndex(ValueLayout.JAVA_FLOAT, k);
                        if (!Float.isFinite(y)) {
                            throw new ModelRejectedException(
                                    name + " answers with numbers that are not finite." + CURE);
                        }
                    }
                }
            }
        }
    }

    /**
     * What the model was made for and how good it was.
     *
     * @return its manifest
     */
    public ModelManifest manifest() {
        return manifest;
    }

    /**
     * What to call it in messages and in the journal.
     *
     * @return its file, or that it is the shipped one
     */
    public String name() {
        return name;
    }

    /**
     * The model itself, as ONNX.
     *
     * @return the file's content; not a copy, so leave it as it is
     */
    public byte[] bytes() {
        return bytes;
    }

    /**
     * SHA-256 as manifests have it.
     *
     * @param bytes of a model file
     * @return lower-case hexadecimal
     */
    public static String sha256(byte[] bytes) {
        return FeatureSchema.sha256(bytes);
    }

    /**
     * Where the manifest of a model file stands: beside it, {@code .json} in place of {@code
     * .onnx}.
     *
     * @param model the model file
     * @return the manifest file, which may not exist
     */
    public static Path manifestOf(Path model) {
        String name = String.valueOf(model.getFileName());
        String stem = name.endsWith(".onnx") ? name.substring(0, name.length() - 5) : name;
        return model.resolveSibling(stem + ".json");
    }

    private static byte[] resource(String path) {
        try (InputStream in = ForecastModel.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new ModelRejectedException(
                        "The installation lacks " + path + ": install Foreshape again.");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new ModelRejectedException(
                    "The installation's " + path + " cannot be read: install Foreshape again.", e);
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new ModelRejectedException(
                    file
                            + " cannot be read ("
                            + e.getClass().getSimpleName()
                            + "): a model needs its .onnx file and its .json manifest side by side.",
                    e);
        }
    }
}
