package org.foreshape.daemon.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ManifestJson;
import org.foreshape.inference.ModelManifest;

/** Models for tests that answer as the shipped one does, and are others by their SHA-256. */
public final class OtherModels {
    private OtherModels() {}

    /** Writes one of a grid step, with its manifest. */
    public static Path write(Path file, int stepSeconds) throws IOException {
        byte[] shipped = ForecastModel.shipped().bytes();
        // A documentation string at the end of the ONNX message: field 6, one byte.
        byte[] other = Arrays.copyOf(shipped, shipped.length + 3);
        other[shipped.length] = 6 << 3 | 2;
        other[shipped.length + 1] = 1;
        other[shipped.length + 2] = 'x';
        Files.write(file, other);
        Files.write(
                ForecastModel.manifestOf(file),
                ManifestJson.write(manifest(stepSeconds, ForecastModel.sha256(other))));
        return file;
    }

    /** The shipped one's manifest but for this. */
    static ModelManifest manifest(int stepSeconds, String sha256) {
        ModelManifest like = ForecastModel.shipped().manifest();
        return new ModelManifest(
                like.schemaVersion(),
                like.schemaHash(),
                stepSeconds,
                like.network(),
                like.hiddenSize(),
                like.quantiles(),
                List.of(300 / stepSeconds, 900 / stepSeconds),
                like.historyStepsMin(),
                sha256,
                like.trainingDataSha256(),
                like.seed(),
                like.steps(),
                like.versions(),
                like.scores());
    }
}
