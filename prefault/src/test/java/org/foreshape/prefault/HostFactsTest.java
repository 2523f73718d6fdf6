package org.foreshape.prefault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.foreshape.prefault.HostFacts.FileWindows;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which pages a memory file may get, by the words of the kernel's switches. */
class HostFactsTest {
    private static final String ALL = "shmem_enabled";
    private static final String WINDOWS = "hugepages-64kB/shmem_enabled";
    private static final String BLOCKS = "hugepages-2048kB/shmem_enabled";

    @TempDir private Path folder;

    @BeforeEach
    void layOutAsTheKernelComes() throws IOException {
        write("enabled", "always [madvise] never");
        write("hugepages-64kB/enabled", "always inherit madvise [never]");
        write("hugepages-2048kB/enabled", "always [inherit] madvise never");
        write(ALL, "always within_size advise [never] deny force");
        write(WINDOWS, "always inherit within_size advise [never]");
        write(BLOCKS, "always [inherit] within_size advise never");
    }

    private void write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text + "\n");
    }

    private FileWindows read() throws IOException {
        return HostFacts.read(folder).fileWindows();
    }

    @Test
    void shouldUseTheSwitchWhereItIsOff() throws IOException {
        assertThat(read()).isEqualTo(FileWindows.BY_SWITCH);
        write(WINDOWS, "always inherit within_size [advise] never");
        assertThat(read()).isEqualTo(FileWindows.OPEN);
    }

    @Test
    void shouldLeaveFilesAloneWhereLargerPagesCouldFillWhatIsNotWanted() throws IOException {
        write(BLOCKS, "always inherit within_size [advise] never");
        assertThat(read()).isEqualTo(FileWindows.CLOSED);
        write(BLOCKS, "always [inherit] within_size advise never");
        write(ALL, "always within_size [advise] never deny force");
        assertThat(read()).isEqualTo(FileWindows.CLOSED);
        write(ALL, "always within_size advise never [deny] force");
        assertThat(read()).isEqualTo(FileWindows.CLOSED);
    }

    @Test
    void shouldKnowNoneOnAKernelWithoutThem() throws IOException {
        Files.delete(folder.resolve(WINDOWS));
        assertThat(read()).isEqualTo(FileWindows.CLOSED);
    }
}
