package org.foreshape.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForecastModelTest {
    private final ForecastModel shipped = ForecastModel.shipped();

    @TempDir private Path folder;

    private byte[] manifest(String from, String to) {
        String json = new String(ManifestJson.write(shipped.manifest()), StandardCharsets.UTF_8);
        assertThat(json).contains(from);
        return json.replace(from, to).getBytes(StandardCharsets.UTF_8);
    }

    private byte[] manifestFor(byte[] model) {
        return manifest(shipped.manifest().modelSha256(), ForecastModel.sha256(model));
    }

    @Test
    void shouldShipAModelThatBeatsThePlainForecasterOnValidation() {
        var scores = shipped.manifest().scores();
        assertThat(scores).containsKeys("model", "last value + residual, 7 days");
        for (String measure :
                new String[] {
                    "memory_5min_pinball_0.9", "memory_5min_pinball_0.95", "cpu_5min_pinball_0.95"
                }) {
            Double model = scores.getOrDefault("model", Map.of()).get(measure);
            Double plain =
                    scores.getOrDefault("last value + residual, 7 days", Map.of()).get(measure);
            assertThat(model).as(measure).isNotNull().isLessThan(plain);
        }
        assertThat(shipped.bytes().length).isLessThan(300_000);
    }

    @Test
    void shouldLoadWhatItWrote() throws IOException {
        Path file = folder.resolve("m.onnx");
        Files.write(file, shipped.bytes());
        Files.write(ForecastModel.manifestOf(file), ManifestJson.write(shipped.manifest()));
        assertThat(ForecastModel.load(file).manifest()).isEqualTo(shipped.manifest());
    }

    @Test
    void shouldRefuseAMissingFileAndAMissingManifest() throws IOException {
        Path file = folder.resolve("m.onnx");
        assertThatThrownBy(() -> ForecastModel.load(file))
                .isInstanceOf(ModelRejectedException.class)
                .hasMessageContaining("m.onnx cannot be read");
        Files.write(file, shipped.bytes());
        assertThatThrownBy(() -> ForecastModel.load(file))
                .isInstanceOf(ModelRejectedException.class)
                .hasMessageContaining("m.json cannot be read")
                .hasMessageContaining("side by side");
    }

    @Test
    void shouldRefuseACorruptFile() {
        byte[] bytes = shipped.bytes().clone();
        bytes[bytes.length / 2] ^= 1;
        assertThatThrownBy(() -> ForecastModel.of("m", bytes, manifest("", "")))
                .isInstanceOf(ModelRejectedException.class)
                .hasMessageContaining("corrupt")
                .hasMessageContaining(shipped.manifest().modelSha256());
    }

    @Test
    void shouldRefuseAnotherSchemaAndNameBothHashes() {
        String other = "0".repeat(64);
        byte[] manifest = manifest(FeatureSchema.HASH, other);
        assertThatThrownBy(() -> ForecastModel.of("m", shipped.bytes(), manifest))
                .isInstanceOf(ModelRejectedException.class)
                .hasMessageContaining(other)
                .hasMessageContaining(FeatureSchema.HASH)
                .hasMessageContaining("foreshape train");
    }

    @Test
    void shouldRefuseAWeightThatIsNotFinite() {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            byte[] bytes = shipped.bytes().clone();
            // The middle of the file is inside the recurrent weights; find a float there by its
            // alignment: only one of four shifts leaves a message that still parses with a bad
            // weight.
            ByteBuffer.wrap(bytes)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putFloat(alignedWeight(bytes), bad);
            assertThatThrownBy(() -> ForecastModel.of("m", bytes, manifestFor(bytes)))
                    .isInstanceOf(ModelRejectedException.class)
                    .hasMessageContaining("not finite");
        }
    }

    /** The tensor R's data follow its bytes field's header: tag 0x4A, then 65536 as a varint. */
    private static int alignedWeight(byte[] bytes) {
        byte[] header = {0x4A, (byte) 0x80, (byte) 0x80, 0x04};
        for (int at = 0; at < bytes.length - 4; at++) {
            if (Arrays.equals(bytes, at, at + 4, header, 0, 4)) {
                return at + 4 + 400;
            }
        }
        throw new AssertionError("the shipped model has no tensor of 64 x 256 floats");
    }

    @Test
    void shouldRefuseATruncatedFile() {
        byte[] bytes = Arrays.copyOf(shipped.bytes(), shipped.bytes().length - 1000);
        assertThatThrownBy(() -> ForecastModel.of("m", bytes, manifestFor(bytes)))
                .isInstanceOf(ModelRejectedException.class)
                .hasMessageContaining("not an ONNX file");
    }

    @Test
    void shouldRefuseAModelWhoseShapesAreNotTheManifests() {
        byte[] manifest = manifest("\"hiddenSize\" : 64", "\"hiddenSize\" : 32");
        assertThatThrownBy(() -> ForecastModel.of("m", shipped.bytes(), manifest))
                .isInstanceOf(ModelRejectedException.class)
                .hasMessageContaining("does not run")
                .hasMessageContaining("dimensions");
    }

    @Test
    void shouldRefuseAManifestThatIsNone() {
        byte[] text = "hello".getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> ForecastModel.of("m", shipped.bytes(), text))
                .isInstanceOf(ModelRejectedException.class)
                .hasMessageContaining("no model manifest");
        byte[] grid = manifest("\"gridStepSeconds\" : 300", "\"gridStepSeconds\" : 7");
        assertThatThrownBy(() -> ForecastModel.of("m", shipped.bytes(), grid))
                .isInstanceOf(ModelRejectedException.class)
                .hasMessageContaining("out of range");
        byte[] empty = "{}".getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> ForecastModel.of("m", shipped.bytes(), empty))
                .isInstanceOf(ModelRejectedException.class);
    }
}
