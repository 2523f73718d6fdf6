package org.foreshape.nativebindings.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageCacheTest {
    @Test
    void shouldNameTheFileThatIsMissing(@TempDir Path folder) {
        Path absent = folder.resolve("absent.img");
        assertThatThrownBy(() -> PageCache.readAhead(absent, 0, 1))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("absent.img")
                .hasMessageContaining("ENOENT");
        assertThatThrownBy(() -> PageCache.readAhead(absent, -1, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldReadAheadBeyondTheEndAndLeaveNoFileOpen(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("disk.img");
        Files.write(file, new byte[3 << 20]);

        PageCache.readAhead(file, 0, 8 << 20);

        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            assertThat(open.filter(fd -> isLinkTo(fd, file))).isEmpty();
        }
    }

    private static boolean isLinkTo(Path fd, Path file) {
        try {
            return Files.readSymbolicLink(fd).equals(file);
        } catch (IOException closedMeanwhile) {
            return false;
        }
    }
}
