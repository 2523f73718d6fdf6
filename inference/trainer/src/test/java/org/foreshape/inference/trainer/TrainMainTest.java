package org.foreshape.inference.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ModelManifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class TrainMainTest {
    @TempDir private Path folder;

    private static int run(String... arguments) {
        return new CommandLine(new TrainMain()).execute(arguments);
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
            out.write(TraceReader.HEADER + "\n");
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

    @Test
    @Timeout(value = 300, unit = TimeUnit.SECONDS)
    void shouldTrainAndExportAModelThatTheEngineLoads() throws IOException {
        Path train = trace("train.csv.gz", 8, 1000, 1);
        Path validate = trace("validate.csv.gz", 3, 1000, 2);
        Path out = folder.resolve("made/model.onnx");
        Path json = folder.resolve("made/report.json");
        int status =
                run(
                        "--trace",
                        train.toString(),
                        "--validate",
                        validate.toString(),
                        "--out",
                        out.toString(),
                        "--json",
                        json.toString(),
                        "--steps",
                        "50",
                        "--seed",
                        "5",
                        "--hidden",
                        "16");
        assertThat(status).isZero();
        ModelManifest manifest = ForecastModel.load(out).manifest();
        assertThat(manifest.hiddenSize()).isEqualTo(16);
        assertThat(manifest.seed()).isEqualTo(5);
        assertThat(manifest.trainingDataSha256()).containsOnlyKeys("train.csv.gz");
        assertThat(manifest.scores()).containsKeys("model", "own target, 7 days", "parity");
        Double parity =
                manifest.scores().getOrDefault("parity", Map.of()).get("largest_difference");
        assertThat(parity).isNotNull().isLessThanOrEqualTo(Parity.DIFFERENCE_MAX);
        Double covered =
                manifest.scores().getOrDefault("model", Map.of()).get("memory_5min_coverage_0.9");
        assertThat(covered).isNotNull().isBetween(.3, 1.);
        assertThat(json).hasSameBinaryContentAs(ForecastModel.manifestOf(out));
        try (var files = Files.list(out.getParent())) {
            assertThat(files).hasSize(3);
        }
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
