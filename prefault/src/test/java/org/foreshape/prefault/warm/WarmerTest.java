package org.foreshape.prefault.warm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.foreshape.prefault.warm.DiskImages.MIB;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.IoPriority;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarmerTest {
    private static final WarmLimits AMPLE =
            new WarmLimits(1L << 40, 1L << 40, 0, Duration.ofSeconds(60));

    @TempDir Path folder;
    private final Warmer warmer = new Warmer();
    private Path image = Path.of("");

    @BeforeEach
    void createImage() throws IOException {
        image = DiskImages.create(folder.resolve("disk.img"), 16);
    }

    @Test
    void shouldSayThatTheImageIsGone() {
        WarmReport report =
                warmer.warm(folder.resolve("gone.img"), ranges(0, 1), AMPLE, () -> false);
        assertThat(report.end()).isEqualTo(WarmEnd.FAILED);
        assertThat(report.errno()).isEqualTo(Errno.ENOENT);
        assertThat(report.reason()).contains("gone.img", "ENOENT");
        assertThat(report.askedBytes()).isZero();
    }

    @Test
    void shouldSayThatItIsNoFile() {
        WarmReport report = warmer.warm(folder, ranges(0, 1), AMPLE, () -> false);
        assertThat(report.end()).isEqualTo(WarmEnd.FAILED);
        assertThat(report.errno()).isNotZero();
    }

    @Test
    void shouldLeaveOutWhatLiesBeyondAShorterImage() throws IOException {
        try (FileChannel channel = FileChannel.open(image, StandardOpenOption.WRITE)) {
            channel.truncate(5L * MIB / 2);
        }
        WarmReport report = warmer.warm(image, ranges(1, 8), AMPLE, () -> false);
        assertThat(report.end()).isEqualTo(WarmEnd.DONE);
        assertThat(report.wantedBytes()).isEqualTo(3L * MIB / 2);
        assertThat(report.residentAfterBytes()).isEqualTo(3L * MIB / 2);
        assertThat(report.reason()).contains(13L * MIB / 2 + " bytes lie beyond the end");
    }

    @Test
    void shouldLoadWhatIsWantedAndNothingElse() throws Exception {
        String before = hash();
        DiskImages.drop(image);
        List<ByteRange> ranges =
                List.of(new ByteRange(2L * MIB, 3L * MIB), new ByteRange(9L * MIB, MIB));
        WarmReport report = warmer.warm(image, ranges, AMPLE, () -> false);

        assertThat(report.end()).isEqualTo(WarmEnd.DONE);
        assertThat(report.reason()).isEmpty();
        assertThat(report.wantedBytes()).isEqualTo(4L * MIB);
        assertThat(report.askedBytes()).isEqualTo(4L * MIB);
        assertThat(report.residentBeforeBytes()).isZero();
        assertThat(report.residentAfterBytes()).isEqualTo(4L * MIB);
        assertThat(report.durationNs()).isPositive();
        assertThat(DiskImages.cached(image)).isEqualTo(4L * MIB);
        assertThat(DiskImages.cached(image, 2L * MIB, 3L * MIB)).isEqualTo(3L * MIB);
        assertThat(hash()).isEqualTo(before);
        assertThat(IoPriority.isIdle()).isFalse();
    }

    @Test
    void shouldSkipWhatIsThereAlready() {
        DiskImages.read(image, 4, 5);
        WarmReport report = warmer.warm(image, ranges(3, 4), AMPLE, () -> false);
        assertThat(report.residentBeforeBytes()).isEqualTo(2L * MIB);
        assertThat(report.askedBytes()).isEqualTo(2L * MIB);
        assertThat(report.residentAfterBytes()).isEqualTo(4L * MIB);

        WarmReport again = warmer.warm(image, ranges(3, 4), AMPLE, () -> false);
        assertThat(again.askedBytes()).isZero();
        assertThat(again.end()).isEqualTo(WarmEnd.DONE);
    }

    @Test
    void shouldStopAtTheByteLimit() {
        var limits = new WarmLimits(3L * MIB, 1L << 40, 0, Duration.ofSeconds(60));
        WarmReport report = warmer.warm(image, ranges(0, 16), limits, () -> false);
        assertThat(report.end()).isEqualTo(WarmEnd.BYTE_LIMIT);
        assertThat(report.askedBytes()).isEqualTo(3L * MIB);
        assertThat(DiskImages.cached(image)).isEqualTo(3L * MIB);
    }

    @Test
    void shouldStopBeforeTheHostRunsOutOfMemory() {
        var limits = new WarmLimits(1L << 40, 1L << 40, 100L * MIB, Duration.ofSeconds(60));
        var falling = new AtomicInteger(106);
        Warmer nearlyFull = new Warmer(() -> (long) falling.getAndDecrement() * MIB);
        WarmReport report = nearlyFull.warm(image, ranges(0, 16), limits, () -> false);
        assertThat(report.end()).isEqualTo(WarmEnd.HOST_MEMORY);
        assertThat(report.askedBytes()).isEqualTo(5L * MIB);
        assertThat(report.reason()).contains("keeps " + 100L * MIB);

        // Memory that does not shrink while the cache grows is counted as given away.
        DiskImages.drop(image);
        WarmReport steady =
                new Warmer(() -> 104L * MIB).warm(image, ranges(0, 16), limits, () -> false);
        assertThat(steady.end()).isEqualTo(WarmEnd.HOST_MEMORY);
        assertThat(steady.askedBytes()).isEqualTo(4L * MIB);
        WarmReport unknown = new Warmer(() -> 0).warm(image, ranges(8, 8), limits, () -> false);
        assertThat(unknown.end()).isEqualTo(WarmEnd.HOST_MEMORY);
        assertThat(unknown.askedBytes()).isZero();
    }

    @Test
    void shouldStopWhenWithdrawnOrInterrupted() {
        var asked = new AtomicInteger();
        WarmReport report =
                warmer.warm(image, ranges(0, 16), AMPLE, () -> asked.incrementAndGet() > 2);
        assertThat(report.end()).isEqualTo(WarmEnd.CANCELLED);
        assertThat(report.askedBytes()).isEqualTo(2L * MIB);

        Thread.currentThread().interrupt();
        WarmReport interrupted = warmer.warm(image, ranges(8, 8), AMPLE, () -> false);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(interrupted.end()).isEqualTo(WarmEnd.CANCELLED);
        assertThat(interrupted.askedBytes()).isZero();
    }

    @Test
    void shouldKeepItsPaceAndStopInTime() {
        var slow = new WarmLimits(1L << 40, 4L * MIB, 0, Duration.ofMillis(600));
        WarmReport report = warmer.warm(image, ranges(0, 16), slow, () -> false);
        assertThat(report.end()).isEqualTo(WarmEnd.TIME_LIMIT);
        // At 4 MiB/s the fourth MiB is due after 750 ms, however fast the machine is.
        assertThat(report.askedBytes()).isBetween((long) MIB, 3L * MIB);
    }

    @Test
    void shouldSayThatItMayNotReadTheImage() throws Exception {
        assumeTrue(
                Files.exists(Path.of("/usr/bin/setpriv"))
                        && Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0),
                "skipped: needs root and setpriv");
        // A directory without a search right for others is refused like a file without a read
        // right.
        Files.setPosixFilePermissions(
                image, java.nio.file.attribute.PosixFilePermissions.fromString("---------"));
        Process process =
                new ProcessBuilder(
                                "setpriv",
                                "--bounding-set=-dac_override,-dac_read_search",
                                "--inh-caps=-all",
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Warming.class.getName(),
                                image.toString())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).contains("FAILED " + Errno.EACCES, "EACCES");
    }

    /** Warms with fewer rights, as a process. */
    static final class Warming {
        private Warming() {}

        public static void main(String[] args) {
            WarmReport report =
                    new Warmer().warm(Path.of(args[0]), ranges(0, 1), AMPLE, () -> false);
            System.out.println(report.end() + " " + report.errno() + " " + report.reason());
        }
    }

    private static List<ByteRange> ranges(int block, int count) {
        return List.of(new ByteRange((long) block * MIB, (long) count * MIB));
    }

    private String hash() throws Exception {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(image)));
    }
}
