package org.foreshape.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SyncProbeTest {
    @TempDir Path folder;

    @Test
    void shouldFindNothingWrongOnADiskAndLeaveNothingThere() throws Exception {
        assumeThat(Files.getFileStore(folder).type()).isNotEqualTo("tmpfs");
        assertThat(SyncProbe.fault(folder)).isNull();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void shouldSayThatAFileSystemInMemoryKeepsNothing() throws Exception {
        Path shm = Path.of("/dev/shm");
        assumeTrue(
                Files.isWritable(shm) && Files.getFileStore(shm).type().equals("tmpfs"),
                "/dev/shm is no writable tmpfs");
        Path journal = Files.createTempDirectory(shm, "foreshape-probe-");
        try (JournalWriter writer = JournalWriter.open(JournalRoundTripTest.options(journal, 4))) {
            assertThat(writer.durabilityFault()).contains("tmpfs", journal.toString());
        } finally {
            try (var files = Files.list(journal)) {
                files.forEach(file -> file.toFile().delete());
            }
            Files.delete(journal);
        }
        try (JournalWriter writer =
                JournalWriter.open(
                        JournalRoundTripTest.options(folder, 4).withSync(SyncPolicy.NONE, 0))) {
            assertThat(writer.durabilityFault()).as("nobody asked for it").isNull();
        }
    }
}
