package org.foreshape.daemon.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ManifestJson;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelStoreTest {
    @TempDir Path folder;

    private ModelStore store() {
        return new ModelStore(folder.resolve("models"));
    }

    private Path model(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        Files.write(file, ForecastModel.shipped().bytes());
        Files.write(
                ForecastModel.manifestOf(file),
                ManifestJson.write(ForecastModel.shipped().manifest()));
        return file;
    }

    @Test
    void shouldHaveTheShippedModelWhereNothingIs() {
        assertThat(store().names()).containsExactly("shipped");
        assertThat(store().promoted()).isEqualTo("shipped");
        assertThat(store().loadPromoted().name()).contains("shipped");
        assertThat(folder.resolve("models")).doesNotExist();
        assertThatThrownBy(() -> store().before())
                .isInstanceOf(Failure.class)
                .hasMessageContaining("nothing to go back to")
                .satisfies(e ->
                        assertThat(((Failure) e).exitStatus()).isEqualTo(ExitStatus.CHECK_FAILED));
    }

    @Test
    void shouldRememberWhatWasPromotedBefore() throws IOException {
        model(store().fileOf("a.onnx"));
        model(store().fileOf("b.onnx"));
        store().promote("a.onnx");
        store().promote("b.onnx");
        store().promote("b.onnx");
        assertThat(store().history()).containsExactly("shipped", "a.onnx", "b.onnx");
        assertThat(store().before()).isEqualTo("a.onnx");
        store().rollBack("b.onnx");
        store().rollBack("b.onnx");
        assertThat(store().history()).containsExactly("shipped", "a.onnx");
        assertThat(store().loadPromoted().name()).endsWith("a.onnx");
    }

    @Test
    void shouldStartWithTheOneBeforeWhenAFileIsGone() throws IOException {
        model(store().fileOf("a.onnx"));
        model(store().fileOf("b.onnx"));
        store().promote("a.onnx");
        store().promote("b.onnx");
        Files.delete(store().fileOf("b.onnx"));
        assertThat(store().loadPromoted().name()).endsWith("a.onnx");
        Files.delete(store().fileOf("a.onnx"));
        assertThat(store().loadPromoted().name()).contains("shipped");
        assertThat(store().promoted()).as("the file says still").isEqualTo("b.onnx");
    }

    @Test
    void shouldSayWhatIsDamagedAndTheCure() throws IOException {
        Files.createDirectories(folder.resolve("models"));
        for (String text : List.of("{\"promoted\": [\"ship", "", "{}", "{\"promoted\":[7]}")) {
            Files.writeString(folder.resolve("models/promoted"), text);
            assertThatThrownBy(() -> store().promoted())
                    .isInstanceOf(Failure.class)
                    .hasMessageContaining("models/promoted, which says what model is promoted, is")
                    .hasMessageContaining("delete it");
            assertThatThrownBy(() -> store().promote("a.onnx")).isInstanceOf(Failure.class);
            assertThat(folder.resolve("models/promoted")).as("not lost").hasContent(text);
        }
    }

    @Test
    void shouldFindWhatIsMeantAndTakeFilesIn() throws IOException {
        Path mine = model(folder.resolve("elsewhere/mine.onnx"));
        assertThat(store().resolve(mine.toString())).isEqualTo("mine.onnx");
        Files.delete(mine);
        assertThat(store().resolve("mine")).isEqualTo("mine.onnx");
        assertThat(store().resolve("mine.onnx")).isEqualTo("mine.onnx");
        assertThat(store().resolve(store().fileOf("mine.onnx").toString())).isEqualTo("mine.onnx");
        assertThat(store().load("mine.onnx").manifest())
                .isEqualTo(ForecastModel.shipped().manifest());
        assertThat(store().resolve("shipped")).isEqualTo("shipped");
        assertThatThrownBy(() -> store().resolve("min.onnx"))
                .hasMessageContaining("there is no model min.onnx")
                .hasMessageContaining("did you mean mine.onnx?");
    }

    @Test
    void shouldNotTakeADamagedFileOrAnotherOfTheSameName() throws IOException {
        Path mine = model(folder.resolve("elsewhere/mine.onnx"));
        store().resolve(mine.toString());
        Files.writeString(store().fileOf("mine.onnx"), "another");
        Files.writeString(mine, "damaged");
        assertThatThrownBy(() -> store().resolve(mine.toString())).hasMessageContaining("corrupt");
        model(mine);
        assertThatThrownBy(() -> store().resolve(mine.toString()))
                .hasMessageContaining("has another model mine.onnx");
    }

    @Test
    void shouldLoseNoChangeOfTwoAtOnce() throws Exception {
        List<Thread> threads = new ArrayList<>();
        for (int k = 0; k < 4; k++) {
            String name = k + ".onnx";
            threads.add(
                    Thread.ofPlatform()
                            .start(() -> {
                                for (int i = 0; i < 10; i++) {
                                    store().promote(i + name);
                                }
                            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(store().history()).hasSize(41).doesNotHaveDuplicates();
    }

    @Test
    void shouldPromoteAlsoWhenItsThreadIsInterrupted() {
        Thread.currentThread().interrupt();
        store().promote("a.onnx");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(store().promoted()).isEqualTo("a.onnx");
    }
}
