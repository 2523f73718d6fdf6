package org.foreshape.nativebindings.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FileSpaceTest {
    private static final long MIB = 1 << 20;

    @TempDir Path folder;

    @Test
    void shouldReserveAndGiveBackBlocksWithoutAChangeOfSizeOrContent() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "content");
        try (FileSpace space = FileSpace.open(file)) {
            assumeTrue(space.reserve(0, 4 * MIB), "this file system cannot reserve");
            assertThat(blockBytes(file))
                    .isGreaterThanOrEqualTo(4 * MIB)
                    .isEqualTo(space.allocatedBytes());
            assertThat(file).content().isEqualTo("content");
            space.release(MIB);
            assertThat(blockBytes(file)).as("behind the end").isLessThan(MIB);
            assertThat(file).content().isEqualTo("content");
            byte[] longer = new byte[4 << 20];
            longer[0] = 1;
            Files.write(file, longer);
            assertThat(space.reserve(0, 8 * MIB)).isTrue();
            space.release(MIB);
            assertThat(blockBytes(file)).as("within").isLessThan(2 * MIB);
            assertThat(file).binaryContent().isEqualTo(longer);
        }
    }

    @Test
    void shouldMakeTheFileAndSayWhyItCannot() {
        Path file = folder.resolve("new");
        FileSpace.open(file).close();
        assertThat(file).isEmptyFile();
        assertThatThrownBy(() -> FileSpace.open(folder.resolve("no").resolve("folder")))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("ENOENT");
        FileSpace closed = FileSpace.open(file);
        closed.close();
        closed.close();
        assertThatThrownBy(() -> closed.reserve(0, MIB)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldSayThatTheDiskIsFull() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk.toString()) == 0,
                "a small tmpfs cannot be mounted: not root, or not allowed");
        try (FileSpace space = FileSpace.open(disk.resolve("file"))) {
            assertThat(space.reserve(0, 4 * MIB)).isTrue();
            assertThatThrownBy(() -> space.reserve(4 * MIB, 16 * MIB))
                    .isInstanceOfSatisfying(
                            LinuxException.class,
                            e -> assertThat(e.errno()).isEqualTo(Errno.ENOSPC));
        } finally {
            assertThat(run("umount", disk.toString())).isZero();
        }
    }

    private static long blockBytes(Path file) throws Exception {
        Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
        return 512
                * Long.parseLong(new String(stat.getInputStream().readAllBytes(), UTF_8).strip());
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(List.of(command)).redirectErrorStream(true).start().waitFor();
    }
}
