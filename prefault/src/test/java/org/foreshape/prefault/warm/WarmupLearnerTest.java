package org.foreshape.prefault.warm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.foreshape.prefault.warm.DiskImages.MIB;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Learning on a real file, whose cache is dropped between the runs. */
class WarmupLearnerTest {
    private static final WarmSettings SETTINGS = new WarmSettings(MIB, 1L << 30, 3);

    @TempDir Path folder;
    private Path image = Path.of("");
    private Path stored = Path.of("");
    private WarmupLearner learner = new WarmupLearner(Path.of(""), SETTINGS);

    @BeforeEach
    void createImage() throws IOException {
        image = DiskImages.create(folder.resolve("disk.img"), 64);
        stored = folder.resolve("learnt");
        learner = new WarmupLearner(stored, SETTINGS);
    }

    @Test
    void shouldSayWhatCannotBeDone() throws IOException {
        Path gone = folder.resolve("gone.img");
        WarmPlan plan = learner.plan("build", gone, 0);
        assertThat(plan.isAvailable()).isFalse();
        assertThat(plan.reason()).startsWith("unavailable: ").contains("gone.img", "ENOENT");
        ImageWatch watch = learner.watch("build", gone);
        assertThat(watch.reason()).contains("ENOENT");
        LearnReport report = learner.learn(watch);
        assertThat(report.isLearnt()).isFalse();
        assertThat(report.remark()).startsWith("unavailable: ").contains("gone.img");
        int nobody = (int) new ProcessBuilder("true").start().pid();
        assertThat(learner.plan("build", image, nobody).reason())
                .startsWith("unavailable: ")
                .contains("does not have");

        Files.writeString(stored, "a file where the folder should be");
        LearnReport unwritable = run("build", 1);
        assertThat(unwritable.isLearnt()).isFalse();
        assertThat(unwritable.remark()).contains("cannot be written");
    }

    @Test
    void shouldNotLearnFromAnImageThatWasReplacedMeanwhile() throws IOException {
        ImageWatch watch = learner.watch("build", image);
        Path other = DiskImages.create(folder.resolve("other.img"), 4);
        Files.move(other, image, StandardCopyOption.REPLACE_EXISTING);
        LearnReport report = learner.learn(watch);
        assertThat(report.isLearnt()).isFalse();
        assertThat(report.remark()).contains("replaced by another file");
    }

    @Test
    void shouldPlanWhatTheLastRunReadAndWarmIt() throws IOException {
        assertThat(learner.plan("build", image, 0).ranges()).isEmpty();
        assertThat(learner.plan("build", image, 0).reason()).contains("no run of build");
        LearnReport report = run("build", 3, 4, 5, 40);
        assertThat(report.isLearnt()).isTrue();
        assertThat(report.readBytes()).isEqualTo(4L * MIB);
        assertThat(report.learntBytes()).isEqualTo(4L * MIB);
        assertThat(report.runCount()).isEqualTo(1);
        assertThat(report.remark()).isEmpty();

        // Another process reads the same from the store.
        WarmPlan plan = new WarmupLearner(stored, SETTINGS).plan("build", image, 0);
        assertThat(plan.isAvailable()).isTrue();
        assertThat(plan.ranges())
                .containsExactly(new ByteRange(3L * MIB, 3L * MIB), new ByteRange(40L * MIB, MIB));
        assertThat(plan.bytes()).isEqualTo(4L * MIB);
        assertThat(learner.plan("test", image, 0).ranges()).isEmpty();

        DiskImages.drop(image);
        WarmReport warmed =
                new Warmer()
                        .warm(
                                image,
                                plan.ranges(),
                                new WarmLimits(1L << 40, 1L << 40, 0, Duration.ofMinutes(1)),
                                () -> false);
        assertThat(warmed.residentAfterBytes()).isEqualTo(4L * MIB);
    }

    @Test
    void shouldKeepOnlyWhatHalfOfTheRunsRead() throws IOException {
        run("build", 1, 2);
        run("build", 1, 3);
        run("build", 1, 4);
        run("build", 1, 5);
        assertThat(learner.plan("build", image, 0).ranges()).contains(range(1, 1));
        assertThat(learner.plan("build", image, 0).bytes()).isEqualTo(MIB);
        for (int i = 0; i < 6; i++) {
            run("build", 7);
        }
        LearnReport moved = run("build", 7);
        assertThat(moved.learntBytes()).isEqualTo(MIB);
        assertThat(learner.plan("build", image, 0).ranges()).doesNotContain(range(1, 1));
    }

    @Test
    void shouldKeepWhatItWarmedAndSeeByAndByThatItIsNoLongerRead() throws IOException {
        int[] blocks = Stream.iterate(0, i -> i + 1).limit(32).mapToInt(i -> i).toArray();
        run("build", blocks);
        run("build", blocks);
        for (int i = 0; i < 5; i++) {
            // The task still reads all of it, but most is in the cache before it starts.
            warmThenRun("build", blocks);
        }
        assertThat(learner.learn(learner.watch("build", image)).learntBytes()).isEqualTo(32L * MIB);
        // Now it reads nothing: what is left unwarmed in turn is judged, and fades.
        long learnt = 32L * MIB;
        for (int i = 0; i < 3 * StepScores.HELD_OUT_EVERY; i++) {
            learnt = warmThenRun("build").learntBytes();
        }
        assertThat(learnt).isLessThan(8L * MIB);
    }

    @Test
    void shouldForgetAnotherFileAndTheEndOfAShorterOne() throws IOException {
        run("build", 2, 50);
        Files.write(image, new byte[MIB], StandardOpenOption.APPEND);
        assertThat(learner.plan("build", image, 0).bytes()).as("longer").isEqualTo(2L * MIB);
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(30L * MIB);
        }
        assertThat(learner.plan("build", image, 0).ranges()).containsExactly(range(2, 1));
        Path other = DiskImages.create(folder.resolve("other.img"), 30);
        Files.move(other, image, StandardCopyOption.REPLACE_EXISTING);
        assertThat(learner.plan("build", image, 0).ranges()).isEmpty();
    }

    @Test
    void shouldIgnoreACorruptStoreAndSaySo() throws IOException {
        run("build", 2);
        Path file;
        try (Stream<Path> files = Files.list(stored)) {
            List<Path> all = files.toList();
            assertThat(all).as("no draft is left").hasSize(1);
            file = all.getFirst();
        }
        byte[] good = Files.readAllBytes(file);
        for (int at = 0; at < good.length; at++) {
            byte[] bad = good.clone();
            bad[at] ^= 0x10;
            Files.write(file, bad);
            WarmPlan plan = learner.plan("build", image, 0);
            assertThat(plan.ranges()).as("byte " + at).isEmpty();
            assertThat(plan.reason()).contains("is ignored", "checksum");
        }
        for (int length = 0; length < good.length; length++) {
            Files.write(file, java.util.Arrays.copyOf(good, length));
            assertThat(learner.plan("build", image, 0).reason()).contains("is ignored");
        }
        LearnReport anew = run("build", 9);
        assertThat(anew.isLearnt()).isTrue();
        assertThat(anew.remark()).contains("is ignored");
        assertThat(learner.plan("build", image, 0).ranges()).containsExactly(range(9, 1));
        assertThat(run("build", 9).remark()).isEmpty();
    }

    @Test
    void shouldBoundBytesAndTypes() throws IOException {
        learner = new WarmupLearner(stored, new WarmSettings(MIB, 2L * MIB, 2));
        run("build", 1, 2, 3);
        run("build", 2, 3);
        assertThat(learner.plan("build", image, 0).ranges()).containsExactly(range(2, 2));
        run("test", 4);
        run("build", 2, 3);
        run("deploy", 5);
        assertThat(learner.plan("test", image, 0).ranges()).as("unused for longest").isEmpty();
        assertThat(learner.plan("build", image, 0).ranges()).isNotEmpty();
        assertThat(learner.plan("deploy", image, 0).ranges()).containsExactly(range(5, 1));
    }

    /** A run that finds an empty cache. */
    private LearnReport run(String type, int... blocks) {
        DiskImages.drop(image);
        ImageWatch watch = learner.watch(type, image);
        DiskImages.read(image, blocks);
        return learner.learn(watch);
    }

    private LearnReport warmThenRun(String type, int... blocks) {
        DiskImages.drop(image);
        WarmPlan plan = learner.plan(type, image, 0);
        for (ByteRange range : plan.ranges()) {
            for (long at = 0; at < range.lengthBytes(); at += MIB) {
                DiskImages.read(image, (int) ((range.offsetBytes() + at) / MIB));
            }
        }
        ImageWatch watch = learner.watch(type, image);
        DiskImages.read(image, blocks);
        return learner.learn(watch);
    }

    private static ByteRange range(int block, int count) {
        return new ByteRange((long) block * MIB, (long) count * MIB);
    }
}
