package org.foreshape.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.daemon.models.ModelStore;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ManifestJson;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The commands on a store that no daemon uses; with one: {@link DaemonProcessTest}. */
class ModelsCommandTest {
    @TempDir Path folder;

    private ChildProcess.Result run(String... arguments) throws IOException {
        Path config = folder.resolve("foreshape.yaml");
        Files.writeString(
                config,
                "journal:\n  directory: %s\ncontrol:\n  socket: %s\n"
                        .formatted(folder.resolve("journal"), folder.resolve("none.sock")));
        String[] all = new String[arguments.length + 3];
        all[0] = "models";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        all[arguments.length + 1] = "--config";
        all[arguments.length + 2] = config.toString();
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exitStatus = Cli.run(all, new PrintWriter(out, true), new PrintWriter(err, true));
        return new ChildProcess.Result(exitStatus, out.toString(), err.toString());
    }

    private ModelStore store() {
        return new ModelStore(folder.resolve("models"));
    }

    private Path model(String name) throws IOException {
        Path file = folder.resolve(name);
        Files.write(file, ForecastModel.shipped().bytes());
        Files.write(
                ForecastModel.manifestOf(file),
                ManifestJson.write(ForecastModel.shipped().manifest()));
        return file;
    }

    @Test
    void shouldListTheShippedModelWhereNothingIs() throws IOException {
        ChildProcess.Result listed = run();
        assertThat(listed.exitStatus()).as(listed.err()).isEqualTo(ExitStatus.DONE);
        assertThat(listed.out()).containsPattern("(?m)^shipped +promoted +300 ");
    }

    @Test
    void shouldPromoteAFileAndGoBack() throws IOException {
        ChildProcess.Result promoted = run("promote", model("mine.onnx").toString());
        assertThat(promoted.exitStatus()).as(promoted.err()).isEqualTo(ExitStatus.DONE);
        assertThat(promoted.out())
                .contains("no daemon runs: the next start takes mine.onnx")
                .contains("mine.onnx is promoted");
        Path json = folder.resolve("list.json");
        assertThat(run("list", "--json", json.toString()).out())
                .containsPattern("(?m)^mine.onnx +promoted ")
                .containsPattern("(?m)^shipped +before ");
        JsonNode list = Json.parse(Files.readString(json));
        assertThat(list.path("promoted").asString()).isEqualTo("mine.onnx");
        assertThat(list.path("models")).hasSize(2);

        ChildProcess.Result back = run("rollback");
        assertThat(back.out()).contains("shipped is promoted again, mine.onnx no more");
        assertThat(store().history()).containsExactly("shipped");
        ChildProcess.Result none = run("rollback");
        assertThat(none.exitStatus()).isEqualTo(ExitStatus.CHECK_FAILED);
        assertThat(none.err()).contains("nothing to go back to");
        assertThat(run("promote", "mine").exitStatus()).isEqualTo(ExitStatus.DONE);
        assertThat(run("promote", "shipped").exitStatus()).isEqualTo(ExitStatus.DONE);
        assertThat(store().history()).containsExactly("shipped", "mine.onnx", "shipped");
    }

    @Test
    void shouldPromoteNothingForAModelThatCannotBeUsed() throws IOException {
        assertThat(run("promote", "nobody").exitStatus()).isEqualTo(ExitStatus.USAGE);
        run("promote", model("mine.onnx").toString());
        run("promote", "shipped");
        Files.writeString(store().fileOf("mine.onnx"), "damaged");
        for (String[] command : new String[][] {{"promote", "mine"}, {"rollback"}}) {
            ChildProcess.Result refused = run(command);
            assertThat(refused.exitStatus()).isEqualTo(ExitStatus.USAGE);
            assertThat(refused.err()).contains("corrupt", "Nothing was promoted");
        }
        assertThat(store().history()).containsExactly("shipped", "mine.onnx", "shipped");
        Files.delete(store().fileOf("mine.onnx"));
        Files.delete(ForecastModel.manifestOf(store().fileOf("mine.onnx")));
        assertThat(run().out()).containsPattern("(?m)^mine.onnx +before, missing ");
    }

    @Test
    void shouldSayWhatIsDamaged() throws IOException {
        Files.createDirectories(folder.resolve("models"));
        Files.writeString(folder.resolve("models/promoted"), "{");
        for (String[] command : new String[][] {{}, {"promote", "shipped"}, {"rollback"}}) {
            ChildProcess.Result said = run(command);
            assertThat(said.exitStatus()).isEqualTo(ExitStatus.CHECK_FAILED);
            assertThat(said.err()).contains("models/promoted", "is damaged", "delete it");
        }
    }

    @Test
    void shouldSayWhenTheConfigurationNamesAModelItself() throws IOException {
        Path config = folder.resolve("own.yaml");
        Files.writeString(
                config,
                "model:\n  path: shipped\njournal:\n  directory: %s\ncontrol:\n  socket: %s\n"
                        .formatted(folder.resolve("journal"), folder.resolve("none.sock")));
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] all = {
            "models", "promote", model("mine.onnx").toString(), "--config", config.toString()
        };
        assertThat(Cli.run(all, new PrintWriter(out, true), new PrintWriter(err, true)))
                .as(err.toString())
                .isEqualTo(ExitStatus.DONE);
        assertThat(out.toString()).contains("model.path is shipped, which the next start takes");
    }
}
