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
    private final ForecastModel shipped = ForecastModel.lstm();

    @TempDir private Path folder;

    /** The shipped weights as a model of another step: not a good one, but one that runs. */
    static ForecastModel shippedFor(int gridStepSeconds) {
        ForecastModel model = ForecastModel.shipped();
        String json =
                new String(ManifestJson.write(model.manifest()), StandardCharsets.UTF_8)
                        .replaceFirst(
                                "\"gridStepSeconds\" : 300",
                                "\"gridStepSeconds\" : " + gridStepSeconds)
                        .replaceFirst(
                                "\"horizonSteps\" : \\[ 1, 3 \\]",
                                "\"horizonSteps\" : [ %d, %d ]"
                                        .formatted(300 / gridStepSeconds, 900 / gridStepSeconds));
        return ForecastModel.of("of " + gridStepSeconds, model.bytes(), bytes(json));
    }

    private static byte[] bytes(String json) {
        return json.getBytes(StandardCharsets.UTF_8);
    }

    private byte[] manifest(String from, String to) {
        String json = new String(ManifestJson.write(shipped.manifest()), StandardCharsets.UTF_8);
        assertThat(json).contains(from);
        return json.replace(from, to).getBytes(StandardCharsets.UTF_8);
    }

    private byte[] manifestFor(byte[] model) {
        return manifest(shipped.manifest().modelSha256(), ForecastModel.sha256(model));
    }

    @Test
    void shouldShipAModelThatBeatsTheBestBaselineOfEveryCellOnValidation() {
        ForecastModel model = ForecastModel.shipped();
        var scores = model.manifest().scores();
        double logs = 0;
        int cells = 0;
        for (var cell : scores.getOrDefault("model, calibrated", Map.of()).entrySet()) {
            if (!cell.getKey().endsWith("pinball")) {
                continue;
            }
            double best = Double.MAX_VALUE;
            for (var forecaster : scores.entrySet()) {
                Double loss = forecaster.getValue().get(cell.getKey());
                if (loss != null && !forecaster.getKey().startsWith("model")) {
                    best = Math.min(best, loss);
                }
            }
            assertThat(cell.getValue()).as(cell.getKey()).isLessThan(1.02 * best);
            logs += Math.log(cell.getValue() / best);
            cells++;
        }
        assertThat(cells).isEqualTo(16);
        assertThat(Math.exp(logs / cells)).isLessThan(.8);
        assertThat(model.bytes().length).isLessThan(300_000);
    }

    @Test
    void shouldRefuseAModelOfAnOldOperatorSet() {
        byte[] bytes = shipped.bytes().clone();
        // Operator set: field 8 of 4 bytes: an empty domain, then version 17.
        byte[] opset = {0x42, 0x04, 0x0A, 0x00, 0x10, 17};
        int at = 0;
        while (!Arrays.equals(bytes, at, at + opset.length, opset, 0, opset.length)) {
            at++;
        }
        bytes[at + opset.length - 1] = 12;
        assertThatThrownBy(() -> ForecastModel.of("m", bytes, manifestFor(bytes)))
                .isInstanceOf(ModelRejectedException.class)
                .hasMessageContaining("operator set 12");
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
