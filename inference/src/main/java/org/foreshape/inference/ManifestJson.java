package org.foreshape.inference;

import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Manifests as JSON text. Safe from any thread; never on the tick path. */
public final class ManifestJson {
    private static final JsonMapper MAPPER =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private ManifestJson() {}

    /**
     * Writes a manifest.
     *
     * @param manifest what to write
     * @return UTF-8 JSON with a trailing line feed
     */
    public static byte[] write(ModelManifest manifest) {
        return (MAPPER.writeValueAsString(manifest) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads a manifest.
     *
     * @param json UTF-8 JSON
     * @param name the file, for the message
     * @return the manifest
     * @throws ModelRejectedException when it is no manifest
     */
    public static ModelManifest read(byte[] json, String name) {
        try {
            return MAPPER.readValue(json, ModelManifest.class);
        } catch (JacksonException e) {
            throw new ModelRejectedException(
                    name
                            + " is no model manifest: "
                            + e.getOriginalMessage()
                            + ". Use the JSON file that was written with the model, or train again.",
                    e);
        }
    }
}
