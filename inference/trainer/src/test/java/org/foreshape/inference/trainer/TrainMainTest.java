package org.foreshape.inference.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ModelManifest;
import org.foreshape.inference.trace.VmGroups;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class TrainMainTest {
    @TempDir private Path folder;

    private static int run(String... arguments) {
        return TrainMain.commandLine().execute(arguments);
    }

    /** Noisy daily waves of a few VMs, with gaps. */
    private Path trace(String name, int vms, int bins, long seed) throws IOException {
        Path file = folder.resolve(name);
        SplittableRandom random = new SplittableRandom(seed);
        try (BufferedWriter out =
                new BufferedWriter(
                        new OutputStreamWriter(
                                new GZIPOutputStream(Files.newOutputStream(file)),
                                StandardCharsets.US_ASCII))) {
            out.write(
                    "vm,t_seconds,cpu_used_cores,cpu_cap_cores,mem_used_mib,mem_cap_mib,"
                            + "disk_read_kbps,disk_write_kbps,net_rx_kbps,net_tx_kbps\n");
            for (int vm = 0; vm < vms; vm++) {
                for (int bin = 0; bin < bins; bin++) {
                    if (random.nextInt(50) == 0) {
                        continue;
                    }
                    double wave = .5 + .3 * Math.sin(2 * Math.PI * bin / 288 + vm);
                    out.write(
                            String.format(
                                    Locale.ROOT,
                                    "%d,%d,%.2f,2,%.0f,4096,0,0,0,0%n",
                                    vm,
                                    300 * bin,
                                    2 * wave * random.nextDouble(.8, 1),
                                    4096 * wave * random.nextDouble(.9, 1)));
                }
            }
        }
        return file;
    }

    private List<String> arguments(Path out, String... more) throws IOException {
        List<String> arguments = new ArrayList<>();
        arguments.addAll(List.of("--trace", trace("train.csv.gz", 8, 1000, 1).toString()));
        arguments.addAll(List.of("--validate", trace("validate.csv.gz", 3, 1000, 2).toString()));
        arguments.addAll(List.of("--out", out.toString(), "--seed", "5"));
        arguments.addAll(List.of(more));
        return arguments;
    }

    private static ModelManifest checked(Path out) {
        ModelManifest manifest = ForecastModel.load(out).manifest();
        assertThat(manifest.seed()).isEqualTo(5);
        assertThat(manifest.trainingDataSha256()).containsOnlyKeys("train.csv.gz");
        assertThat(manifest.scores())
                .containsKeys("model, calibrated", "model, raw", "d: own target, 7 days", "parity");
        Double parity =
                manifest.scores().getOrDefault("parity", Map.of()).get("largest_difference");
        assertThat(parity).isNotNull().isLessThanOrEqualTo(Parity.DIFFERENCE_MAX);
        Double covered =
                manifest.scores()
                        .getOrDefault("model, calibrated", Map.of())
                        .get("memory 5 min 0.9 coverage");
        assertThat(covered).isNotNull().isBetween(.3, 1.);
        return manifest;
    }

    @Test
    @Timeout(value = 300, unit = TimeUnit.SECONDS)
    void shouldTrainAnLstmThatTheEngineLoads() throws IOException {
        Path out = folder.resolve("made/model.onnx");
        Path json = folder.resolve("made/report.json");
        List<String> arguments =
                arguments(
                        out,
                        "--network",
                        "lstm",
                        "--json",
                        json.toString(),
                        "--steps",
                        "50",
                        "--hidden",
                        "16");
        assertThat(run(arguments.toArray(String[]::new))).isZero();
        assertThat(checked(out).hiddenSize()).isEqualTo(16);
        assertThat(json).hasSameBinaryContentAs(ForecastModel.manifestOf(out));
        try (var files = Files.list(out.getParent())) {
            assertThat(files).hasSize(3);
        }
    }

    @Test
    @Timeout(value = 300, unit = TimeUnit.SECONDS)
    void shouldTrainFeatureNetworksAndGiveTheSameFileForTheSameSeed() throws IOException {
        byte[] first = new byte[0];
        for (int round = 0; round < 2; round++) {
            Path out = folder.resolve("made" + round + "/model.onnx");
            List<String> arguments =
                    arguments(out, "--members", "2", "--width", "24,16", "--epochs", "2");
            assertThat(run(arguments.toArray(String[]::new))).isZero();
            assertThat(checked(out).network()).startsWith("2 x MLP");
            try (var files = Files.list(out.getParent())) {
                assertThat(files).as("no working folder is left").hasSize(2);
            }
            if (round == 0) {
                first = Files.readAllBytes(out);
            } else {
                assertThat(out).hasBinaryContent(first);
            }
        }
    }

    @Test
    @Timeout(value = 300, unit = TimeUnit.SECONDS)
    void shouldTrainANetworkJoinedWithAnLstmThatTheEngineLoads() throws IOException {
        Path out = folder.resolve("made/model.onnx");
        List<String> arguments =
                arguments(out, "--kind", "joined", "--width", "24,16", "--epochs", "2");
        assertThat(run(arguments.toArray(String[]::new))).isZero();
        assertThat(checked(out).network()).contains("joined with an LSTM of 16");
    }

    @Test
    @Timeout(value = 300, unit = TimeUnit.SECONDS)
    void shouldGoOnAfterABreakWithTheSameResult() throws IOException {
        Path trace = trace("train.csv.gz", 8, 1000, 1);
        DemandTraining.Recipe recipe =
                new DemandTraining.Recipe(300, 100_000, 3, 1, 24, 16, 0, 7, "x");
        PrintStream quiet = new PrintStream(OutputStream.nullOutputStream(), true);
        DemandSource source = new TraceSource(List.of(trace), VmGroups.read(null), 300);
        byte[] whole = new DemandTraining(source, recipe, folder.resolve("a"), quiet).run().model();
        Path broken = folder.resolve("b");
        PrintStream breaks =
                new PrintStream(OutputStream.nullOutputStream(), true) {
                    @Override
                    public void println(String line) {
                        // The checkpoint of the first epoch is there when the second one ends.
                        if (line.startsWith("epoch 2")) {
                            throw new IllegalStateException("broken off");
                        }
                    }
                };
        assertThatThrownBy(() -> new DemandTraining(source, recipe, broken, breaks).run())
                .hasMessage("broken off");
        assertThat(broken.resolve("member0")).exists();
        assertThat(new DemandTraining(source, recipe, broken, quiet).run().model())
                .isEqualTo(whole);
    }

    @Test
    @Timeout(value = 300, unit = TimeUnit.SECONDS)
    void shouldTrainOnAnotherGridStep() throws IOException {
        Path out = folder.resolve("made/model.onnx");
        // The traces have a sample every 300 s: a step of 60 s has none in four of five bins.
        int status =
                run(arguments(out, "--grid-seconds", "60", "--epochs", "1").toArray(String[]::new));
        assertThat(status).isEqualTo(1);
        assertThat(out).doesNotExist();
        assertThat(run(arguments(out, "--grid-seconds", "70").toArray(String[]::new))).isEqualTo(2);
    }

    @Test
    void shouldSayWhichTraceIsMissing() throws IOException {
        Path there = trace("there.csv.gz", 1, 10, 1);
        int status =
                run(
                        "--trace",
                        folder.resolve("none.csv").toString(),
                        "--validate",
                        there.toString(),
                        "--out",
                        folder.resolve("m.onnx").toString(),
                        "--json",
                        folder.resolve("m.json").toString());
        assertThat(status).isEqualTo(3);
        assertThat(folder.resolve("m.onnx")).doesNotExist();
    }

    @Test
    void shouldRefuseATraceThatIsTooShortOrMalformed() throws IOException {
        Path good = trace("short.csv.gz", 1, 50, 1);
        Path bad = folder.resolve("bad.csv");
        Files.writeString(bad, "a,b\n");
        for (Path file : new Path[] {good, bad}) {
            int status =
                    run(
                            "--network",
                            "lstm",
                            "--trace",
                            file.toString(),
                            "--validate",
                            good.toString(),
                            "--out",
                            folder.resolve("m.onnx").toString(),
                            "--json",
                            folder.resolve("m.json").toString());
            assertThat(status).isEqualTo(1);
        }
        assertThat(folder.resolve("m.onnx")).doesNotExist();
    }

    @Test
    void shouldRefuseUnknownAndMissingOptions() {
        assertThat(run("--trace", "x")).isEqualTo(2);
        assertThat(run("--nonsense")).isEqualTo(2);
    }
}
