package org.foreshape.nativebindings.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CachedFileTest {
    private static final int MIB = 1 << 20;
    private static final long LIMIT_NS = 60_000_000_000L;
    private static final long AGAIN_NS = 2_000_000_000L;

    @TempDir Path folder;

    @Test
    void shouldNameTheFileThatIsMissing() {
        Path absent = folder.resolve("absent.img");
        assertThatThrownBy(() -> CachedFile.open(absent))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("absent.img")
                .hasMessageContaining("ENOENT");
    }

    @Test
    void shouldRefuseRangesAndStepsThatCannotBe() throws IOException {
        try (CachedFile file = CachedFile.open(image(1))) {
            assertThatThrownBy(() -> file.cachedBytes(-1, 1))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> file.readAhead(0, -1))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> file.drop(0, -1)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> file.residency(1000))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(file.cachedBytes(0, 0)).isZero();
        }
        CachedFile closed = CachedFile.open(folder.resolve("disk.img"));
        closed.close();
        closed.close();
        assertThatThrownBy(closed::identity)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldTellWhichStepsAreCached(boolean byCachestat) throws IOException {
        // 130 steps are three levels of the search; the last is short.
        long size = 129L * MIB + 5000;
        Path image = image(size);
        try (CachedFile file = CachedFile.open(image, byCachestat)) {
            dropAll(file);
            assertThat(file.residency(MIB).cachedBytes()).isZero();

            load(file, 0, 2L * MIB);
            load(file, 70L * MIB, MIB);
            load(file, 129L * MIB, 5000);
            Residency some = settled(file, 3L * MIB + 8192);
            assertThat(some.stepCount()).isEqualTo(130);
            assertThat(some.sizeBytes()).isEqualTo(size);
            for (int step = 0; step < some.stepCount(); step++) {
                int expected = step == 129 ? 2 : step < 2 || step == 70 ? 256 : 0;
                assertThat(some.cachedPages(step)).as("step " + step).isEqualTo(expected);
            }
            assertThat(some.cachedBytes()).isEqualTo(3L * MIB + 8192);
            assertThat(file.cachedBytes(0, size)).isEqualTo(some.cachedBytes());

            load(file, 0, size);
            Residency all = settled(file, 129L * MIB + 8192);
            assertThat(all.cachedPages(64)).isEqualTo(256);
            assertThat(all.cachedPages(129)).isEqualTo(2);
            assertThat(all.cachedBytes()).isEqualTo(129L * MIB + 8192);
        }
    }

    @Test
    void shouldCountTheSameByBothCalls() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Path image = image(40L * MIB);
        try (CachedFile one = CachedFile.open(image, true);
                CachedFile other = CachedFile.open(image, false)) {
            dropAll(one);
            for (int round = 0; round < 20; round++) {
                load(one, random.nextInt(40) * (long) MIB, random.nextInt(256) * 4096L);
            }
            assumeTrue(
                    one.cachedBytes(0, 4096) >= 0 && one.isCachestat(),
                    "skipped: the kernel has no cachestat (Linux 6.5)");
            Residency left = one.residency(64 << 10);
            Residency right = other.residency(64 << 10);
            // The kernel may still be reading: cachestat counts a page from the start of its read,
            // mincore from the end.
            for (int i = 0; i < 200 && !same(left, right); i++) {
                LockSupport.parkNanos(20_000_000);
                left = one.residency(64 << 10);
                right = other.residency(64 << 10);
            }
            assertThat(other.isCachestat()).isFalse();
            for (int step = 0; step < left.stepCount(); step++) {
                assertThat(left.cachedPages(step))
                        .as("seed " + seed + ", step " + step)
                        .isEqualTo(right.cachedPages(step));
            }
            assertThat(left.cachedBytes()).as("seed " + seed).isPositive();
        }
    }

    /** The residency once so much is cached: mincore does not count what is still being read. */
    private static Residency settled(CachedFile file, long bytes) throws IOException {
        Residency residency = file.residency(MIB);
        for (int i = 0; i < 200 && residency.cachedBytes() < bytes; i++) {
            LockSupport.parkNanos(20_000_000);
            residency = file.residency(MIB);
        }
        return residency;
    }

    private static boolean same(Residency one, Residency other) {
        for (int step = 0; step < one.stepCount(); step++) {
            if (one.cachedPages(step) != other.cachedPages(step)) {
                return false;
            }
        }
        return true;
    }

    @Test
    void shouldTellAFileFromItsSuccessorAndItsLongerSelf() throws IOException {
        Path image = image(MIB);
        CachedFile.Identity first;
        try (CachedFile file = CachedFile.open(image)) {
            first = file.identity();
            assertThat(first.sizeBytes()).isEqualTo(MIB);
            assertThat(first.inode()).isEqualTo(Files.getAttribute(image, "unix:ino"));
            Files.write(image, new byte[10], StandardOpenOption.APPEND);
            assertThat(file.identity())
                    .isEqualTo(new CachedFile.Identity(first.device(), first.inode(), MIB + 10));
        }
        Path successor = folder.resolve("successor");
        Files.write(successor, new byte[MIB]);
        try (CachedFile file = CachedFile.open(successor)) {
            assertThat(file.identity().inode()).isNotEqualTo(first.inode());
        }
    }

    @Test
    void shouldLeaveContentAndTimesAsTheyAre() throws IOException {
        Path image = image(2L * MIB);
        FileTime longAgo = FileTime.from(Instant.parse("2020-01-01T00:00:00Z"));
        Files.setLastModifiedTime(image, longAgo);
        Files.setAttribute(image, "lastAccessTime", longAgo);
        try (CachedFile file = CachedFile.open(image)) {
            file.residency(MIB);
            dropAll(file);
            load(file, 0, 2L * MIB);
        }
        assertThat(Files.getLastModifiedTime(image)).isEqualTo(longAgo);
        assertThat(Files.getAttribute(image, "lastAccessTime")).isEqualTo(longAgo);
        assertThat(Files.readAllBytes(image)).isEqualTo(content(2 * MIB));
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            assertThat(open.filter(fd -> isLinkTo(fd, image))).isEmpty();
        }
    }

    @Test
    void shouldSurviveAFileThatShrinks() throws IOException {
        Path image = image(8L * MIB);
        try (CachedFile byStat = CachedFile.open(image, true);
                CachedFile byCore = CachedFile.open(image, false)) {
            try (FileChannel channel = FileChannel.open(image, StandardOpenOption.WRITE)) {
                channel.truncate(MIB);
            }
            for (CachedFile file : new CachedFile[] {byStat, byCore}) {
                file.readAhead(4L * MIB, MIB);
                assertThat(file.cachedBytes(4L * MIB, MIB)).isZero();
                assertThat(file.residency(MIB).stepCount()).isEqualTo(1);
            }
        }
    }

    @Test
    void shouldTellSizeAndCacheOfABlockDevice() throws IOException {
        Path device = null;
        long sizeBytes = 0;
        try (Stream<Path> disks = Files.list(Path.of("/sys/block"))) {
            for (Path disk : disks.toList()) {
                Path node = Path.of("/dev", disk.getFileName().toString());
                long sectors = Long.parseLong(Files.readString(disk.resolve("size")).strip());
                if (sectors > 0 && mayRead(node)) {
                    device = node;
                    sizeBytes = sectors * 512;
                }
            }
        }
        assumeTrue(
                device != null,
                "skipped: no block device may be read (run as root, in no device cgroup)");
        try (CachedFile file = CachedFile.open(device)) {
            assertThat(file.identity().sizeBytes()).as(device.toString()).isEqualTo(sizeBytes);
            load(file, 0, 64 << 10);
            assertThat(file.cachedBytes(0, 64 << 10)).isEqualTo(64 << 10);
        }
    }

    private static boolean mayRead(Path device) {
        try (FileChannel channel = FileChannel.open(device)) {
            return channel.isOpen();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void shouldRefuseToLowerAVirtualThread() throws InterruptedException {
        var thrown = new java.util.concurrent.atomic.AtomicReference<Throwable>();
        Thread thread =
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                IoPriority.idle().close();
                            } catch (IllegalStateException e) {
                                thrown.set(e);
                            }
                        });
        thread.join();
        assertThat(thrown.get())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("platform thread");
    }

    @Test
    void shouldLowerTheDiskPriorityOfThisThreadAndRestoreIt() {
        assertThat(IoPriority.isIdle()).isFalse();
        IoPriority idle = IoPriority.idle();
        assertThat(IoPriority.isIdle()).isTrue();
        idle.close();
        assertThat(IoPriority.isIdle()).isFalse();
        idle.close();
        assertThat(IoPriority.isIdle()).isFalse();
    }

    /** Waits for what readahead has only queued, and asks again: it is but a hint. */
    private static void load(CachedFile file, long offsetBytes, long lengthBytes) {
        long endNs = System.nanoTime() + LIMIT_NS;
        long againNs = 0;
        while (file.cachedBytes(offsetBytes, lengthBytes) < lengthBytes) {
            long nowNs = System.nanoTime();
            assertThat(nowNs).as("loaded in time").isLessThan(endNs);
            if (againNs == 0 || nowNs > againNs) {
                for (long done = 0; done < lengthBytes; done += MIB) {
                    file.readAhead(offsetBytes + done, Math.min(MIB, lengthBytes - done));
                }
                againNs = nowNs + AGAIN_NS;
            }
            Thread.onSpinWait();
        }
    }

    /** A page that is being read or written back cannot be dropped at once. */
    private static void dropAll(CachedFile file) {
        long endNs = System.nanoTime() + LIMIT_NS;
        long size = file.identity().sizeBytes();
        do {
            assertThat(System.nanoTime()).as("dropped in time").isLessThan(endNs);
            file.drop(0, 0);
        } while (file.cachedBytes(0, size) > 0);
    }

    private Path image(long sizeBytes) throws IOException {
        Path image = folder.resolve("disk.img");
        try (FileChannel channel =
                FileChannel.open(image, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (long done = 0; done < sizeBytes; done += MIB) {
                channel.write(
                        java.nio.ByteBuffer.wrap(content((int) Math.min(MIB, sizeBytes - done))));
            }
            channel.force(true);
        }
        return image;
    }

    private static byte[] content(int sizeBytes) {
        byte[] bytes = new byte[sizeBytes];
        for (int i = 0; i < sizeBytes; i++) {
            bytes[i] = (byte) ((i % MIB * 31) >> 4);
        }
        return bytes;
    }

    private static boolean isLinkTo(Path fd, Path file) {
        try {
            return Files.readSymbolicLink(fd).equals(file);
        } catch (IOException closedMeanwhile) {
            return false;
        }
    }
}
