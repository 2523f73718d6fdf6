package org.foreshape.inference;

import java.nio.file.Path;

/** A model and its manifest. */
public final class ForecastModel {
    private ForecastModel() {}

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
}
