package org.foreshape.prefault.pages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.foreshape.nativebindings.linux.LinuxException;
import org.foreshape.nativebindings.linux.MappedMemory;
import org.foreshape.nativebindings.linux.PrivateMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pages that are not copied into the guest: mapped from shared memory, or moved. */
class SharedMemoryTest {
    private static final int MIB = 8;

    @TempDir Path folder;

    @Test
    @SuppressWarnings("try") // The server closes while the guest lives.
    void shouldServeSharedMemoryByMappingIt() throws Exception {
        Path client = UffdClient.compile(folder);
        Path memory = UffdClient.writeSnapshot(folder.resolve("memory"), MIB);
        PageServerSettings settings =
                PageServerSettings.of(folder.resolve("s"), memory).withPages(8, 64);
        try (PageServer server = PageServer.start(settings);
                UffdClient guest =
                        UffdClient.start(client, settings.socket(), "--mib", MIB, "--shared", 1)) {
            guest.answer();
            assertThat(guest.order("touch 0 300 7")).contains("wrong 0");
            assertThat(guest.order("write 100 50")).isEqualTo("written 50");
            assertThat(guest.order("drop 120 100")).isEqualTo("dropped 100");
            assertThat(guest.order("check 0 2048")).isEqualTo("checked 2048 wrong 0");
            assertThat(guest.order("threads 4 0 2048 3")).contains("wrong 0");
            RestoreReport report = PageServerTest.await(server, r -> true);
            assertThat(report.count(PageCounter.FAILED_CALLS)).isZero();
            server.close();
            assertThat(guest.order("check 0 2048")).isEqualTo("checked 2048 wrong 0");
        }
    }

    @Test
    void shouldMovePagesWithinTheProcess() {
        assumeTrue(
                StagedPages.whyUnavailable().isEmpty(),
                () -> "skipped: " + StagedPages.whyUnavailable().orElse(""));
        long bytes = 4L << 20;
        try (PrivateMemory guest = PrivateMemory.create(bytes);
                StagedPages pages = StagedPages.open(guest.segment())) {
            MemorySegment staging = pages.staging();
            for (long at = 0; at < bytes; at += 8) {
                staging.set(ValueLayout.JAVA_LONG, at, at * 31 + 7);
            }
            pages.install(0, 1 << 20);
            pages.install(2L << 20, 1 << 20);
            for (long at = 0; at < 1 << 20; at += 8) {
                assertThat(guest.segment().get(ValueLayout.JAVA_LONG, at)).isEqualTo(at * 31 + 7);
            }
            assertThat(staging.get(ValueLayout.JAVA_LONG, 4096)).isZero();
            assertThatThrownBy(() -> pages.install(0, 4096))
                    .isInstanceOfSatisfying(
                            LinuxException.class,
                            refused -> assertThat(refused.symbol()).isEqualTo("EEXIST"));
            assertThatThrownBy(() -> pages.install(1 << 20, 100))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void shouldRefuseToMoveIntoSharedMemory() {
        assumeTrue(StagedPages.whyUnavailable().isEmpty(), "skipped: no UFFDIO_MOVE");
        try (MappedMemory shared = MappedMemory.create("guest", 1 << 20);
                StagedPages pages = StagedPages.open(shared.segment())) {
            pages.staging().fill((byte) 1);
            assertThatThrownBy(() -> pages.install(0, 4096))
                    .isInstanceOfSatisfying(
                            LinuxException.class,
                            refused -> assertThat(refused.symbol()).isEqualTo("EINVAL"));
        }
    }
}
