package org.foreshape.inference.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ModelManifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class JournalTrainingTest {
    @TempDir private Path folder;

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();

    private int run(String... arguments) {
        PrintStream before = System.err;
        System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            return TrainMain.commandLine().execute(arguments);
        } finally {
            System.setErr(before);
        }
    }

    private String said() {
        return said.toString(StandardCharsets.UTF_8);
    }

    private String[] arguments(Path out, Path... journals) {
        List<String> arguments = new ArrayList<>(List.of("--journal"));
        Stream.of(journals).map(Path::toString).forEach(arguments::add);
        arguments.addAll(List.of("--out", out.toString(), "--epochs", "2", "--width", "24,16"));
        return arguments.toArray(String[]::new);
    }

    @Test
    void shouldTrainForTheStepOfAJournalAndGiveTheSameFileForTheSameSeed() throws IOException {
        Path journal = RecordedGuests.record(folder.resolve("j"), 12, 2400);
        byte[] first = new byte[0];
        for (int round = 0; round < 2; round++) {
            Path out = folder.resolve("made" + round + "/m.onnx");
            assertThat(run(arguments(out, journal))).as(said()).isZero();
            ModelManifest manifest = ForecastModel.load(out).manifest();
            assertThat(manifest.gridStepSeconds()).isEqualTo(15);
            assertThat(manifest.horizonSteps()).containsExactly(20, 60);
            assertThat(manifest.trainingDataSha256()).containsOnlyKeys("j");
            try (Stream<Path> files = Files.list(out.getParent())) {
                assertThat(files).as("no working folder is left").hasSize(2);
            }
            if (round == 0) {
                first = Files.readAllBytes(out);
            } else {
                assertThat(out).hasBinaryContent(first);
            }
        }
        assertThat(said()).contains("2 of 12 groups of VMs");
    }

    @Test
    void shouldHoldTheLastPartOfTheTimeBackOfFewVms() throws IOException {
        Path journal = RecordedGuests.record(folder.resolve("j"), 3, 3000);
        Path out = folder.resolve("m.onnx");
        assertThat(run(arguments(out, journal))).as(said()).isZero();
        assertThat(said()).contains("the last 40 steps, since there are only 3 groups of VMs");
        // What is trained on must not reach what is held back.
        HoldBack holdBack = HoldBack.of(List.of("a", "b", "a"), 100, 300, 1);
        assertThat(holdBack.fromStep()).isEqualTo(260);
        Path rows = folder.resolve("rows");
        PrintStream log = new PrintStream(said, true, StandardCharsets.UTF_8);
        try (JournalSource source =
                JournalSource.read(List.of(journal), 15, Long.MAX_VALUE, null, folder, log)) {
            HoldBack time = source.holdBack(1);
            DemandSamples.write(source, 1, 1, time, rows);
        }
        int late = 0;
        try (SampleFile samples = SampleFile.open(rows)) {
            float[] row = new float[SampleFile.WIDTH];
            for (int k = 0; k < samples.rowCount(); k++) {
                samples.read(k, row);
                late += samples.isHeldBack(k) ? 1 : 0;
            }
        }
        // 40 of 200 steps; none of the newest has a whole 5 min after it.
        assertThat(late).isBetween(3 * 15, 3 * 30);
    }

    @Test
    void shouldTrainOnNothingAfterTheTimeThatWasSaid() throws IOException {
        Path whole = RecordedGuests.record(folder.resolve("j"), 12, 2400);
        Path cut = RecordedGuests.record(folder.resolve("cut/j"), 12, 1805);
        byte[][] models = new byte[2][];
        Path out = folder.resolve("m.onnx");
        for (int k = 0; k < models.length; k++) {
            List<String> arguments = new ArrayList<>(List.of(arguments(out, k == 0 ? whole : cut)));
            arguments.addAll(List.of("--until-seconds", "1805"));
            assertThat(run(arguments.toArray(String[]::new))).as(said()).isZero();
            models[k] = Files.readAllBytes(out);
        }
        assertThat(models[0]).isEqualTo(models[1]);
    }

    @Test
    void shouldSayWhatIsMissingShortOrMixed() throws IOException {
        Path out = folder.resolve("m.onnx");
        Path brief = RecordedGuests.record(folder.resolve("brief"), 12, 900);
        assertThat(run(arguments(out, folder.resolve("none")))).isEqualTo(3);
        Files.createDirectories(folder.resolve("empty"));
        assertThat(run(arguments(out, folder.resolve("empty")))).isEqualTo(3);
        assertThat(run(arguments(out, brief))).isEqualTo(1);
        assertThat(said())
                .contains("No such journal", "there is no journal in")
                .contains("has 59 steps of 15 s, needed are 92 (23 min)");
        assertThat(run("--out", out.toString())).isEqualTo(2);
        assertThat(run("--out", "x", "--trace", "a.csv", "--journal", brief.toString()))
                .isEqualTo(2);
        assertThat(run("--out", "x", "--journal", brief.toString(), "--network", "lstm"))
                .isEqualTo(2);
        assertThat(run("--out", "x", "--journal", brief.toString(), "--step-seconds", "70"))
                .isEqualTo(2);
        assertThat(run("--out", "x", "--trace", "a.csv", "--until-seconds", "70")).isEqualTo(2);
        assertThat(said())
                .contains("nothing to train on", "cannot be mixed", "trained on traces only")
                .contains("a divisor of 300", "goes with --journal only");
        assertThat(out).doesNotExist();
        assertThat(folder.resolve("m.onnx.work")).doesNotExist();
    }

    @Test
    void shouldSayWhereAJournalIsDamaged() throws IOException {
        Path journal = RecordedGuests.record(folder.resolve("j"), 12, 2400);
        try (Stream<Path> files = Files.list(journal)) {
            Path file = files.filter(f -> f.toString().endsWith(".cq4")).findFirst().orElseThrow();
            byte[] bytes = Files.readAllBytes(file);
            int at = indexOf(bytes, "vm-7".getBytes(StandardCharsets.US_ASCII));
            bytes[at] ^= 1;
            Files.write(file, bytes, StandardOpenOption.WRITE);
        }
        assertThat(run(arguments(folder.resolve("m.onnx"), journal))).isEqualTo(1);
        assertThat(said()).contains("record 7 (", "is damaged", "foreshape journal verify");
        assertThatThrownBy(() -> ForecastModel.load(folder.resolve("m.onnx")))
                .hasMessageContaining("cannot be read");
        assertThat(folder.resolve("m.onnx.work")).doesNotExist();
    }

    private static int indexOf(byte[] in, byte[] what) {
        for (int at = 0; ; at++) {
            boolean same = true;
            for (int k = 0; k < what.length && same; k++) {
                same = in[at + k] == what[k];
            }
            if (same) {
                return at;
            }
        }
    }
}
