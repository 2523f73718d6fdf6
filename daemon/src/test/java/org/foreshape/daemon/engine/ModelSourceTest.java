package org.foreshape.daemon.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.foreshape.daemon.config.Config;
import org.foreshape.daemon.config.ConfigReader;
import org.foreshape.daemon.config.Surroundings;
import org.foreshape.daemon.models.ModelStore;
import org.foreshape.daemon.models.OtherModels;
import org.foreshape.inference.ForecastModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With which model a start begins. */
class ModelSourceTest {
    @TempDir Path folder;

    private Config config(String model) {
        return ConfigReader.read(
                null,
                Map.of(
                        "journal.directory",
                        folder.resolve("journal").toString(),
                        "model.path",
                        model),
                new Surroundings(false, folder, Map.of()));
    }

    private String started(String model) {
        ForecastModel source = ModelSource.of(config(model)).model();
        return source == null ? "none" : source.name();
    }

    @Test
    void shouldBeginWithWhatWasPromoted() throws IOException {
        assertThat(config("promoted").modelDirectory()).isEqualTo(folder.resolve("models"));
        assertThat(started("promoted")).isEqualTo("the shipped model");
        Files.createDirectories(folder.resolve("models"));
        Path file = OtherModels.write(folder.resolve("models/m.onnx"), 15);
        new ModelStore(folder.resolve("models")).promote("m.onnx");
        assertThat(started("promoted")).isEqualTo(file.toString());
        assertThat(started("shipped")).isEqualTo("the shipped model");
        assertThat(started("none")).isEqualTo("none");
    }

    @Test
    void shouldRetrainOnlyWhatIsPromoted() {
        assertThat(EngineSpecs.keeper(config("promoted")).retrainOnDrift()).isTrue();
        assertThat(EngineSpecs.keeper(config("shipped")).retrainOnDrift()).isFalse();
        assertThatThrownBy(() ->
                        ConfigReader.read(
                                null,
                                Map.of("model.path", "shipped", "model.retrain-hours", "24"),
                                new Surroundings(false, folder, Map.of())))
                .hasMessageContaining("model.retrain-hours is set, but model.path names");
    }
}
