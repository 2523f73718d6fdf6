package org.foreshape.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.LearntKind;
import org.foreshape.ring.event.Tick;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Journals as older versions of this program wrote them, 20 minutes of two embedded guests each
 * (`foreshape demo --vms 2 --seconds 10 --speed 120 --seed 7 --journal DIR`).
 */
@Timeout(60)
class CommittedJournalTest {
    @TempDir Path directory;

    private void unpack(String name) throws IOException {
        InputStream packed = CommittedJournalTest.class.getResourceAsStream(name);
        assertThat(packed).as(name).isNotNull();
        try (ZipInputStream zip = new ZipInputStream(packed)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Files.copy(zip, directory.resolve(entry.getName()));
            }
        }
    }

    @Test
    void shouldReadAJournalOfVersion2() throws IOException {
        unpack("version-2.zip");
        VerifyReport report = JournalVerifier.verify(directory);
        assertThat(report.ok()).as(report.toString()).isTrue();
        assertThat(report.records()).isEqualTo(779);
        assertThat(report.samples()).isEqualTo(727);
        assertThat(report.outcomes()).isEqualTo(43).isEqualTo(report.intents());
        JournalState state = JournalState.read(directory);
        assertThat(state.vms()).hasSize(2);
        assertThat(state.endedInOrder()).isTrue();
        try (JournalReader reader = JournalReader.open(directory)) {
            Tick tick = new Tick(2);
            long forecasts = 0;
            while (reader.next(tick)) {
                assertThat(reader.version()).isEqualTo(2);
                assertThat(tick.learnt.kind).isEqualTo(LearntKind.NONE);
                forecasts += tick.kind == EventKind.SAMPLE ? tick.forecast.slotCount : 0;
            }
            assertThat(forecasts).isEqualTo(1454);
        }
    }

    @Test
    void shouldReadAJournalOfVersion4() throws IOException {
        unpack("version-4.zip");
        VerifyReport report = JournalVerifier.verify(directory);
        assertThat(report.findings()).isEmpty();
        assertThat(report.records()).isEqualTo(741);
        assertThat(report.samples()).isEqualTo(683);
        assertThat(report.outcomes()).isEqualTo(48).isEqualTo(report.intents());
        assertThat(JournalState.read(directory).vms()).hasSize(2);
        try (JournalReader reader = JournalReader.open(directory)) {
            Tick tick = new Tick(2);
            long learnt = 0;
            while (reader.next(tick)) {
                assertThat(reader.version()).isEqualTo(4);
                learnt += tick.learnt.kind == LearntKind.NONE ? 0 : 1;
            }
            assertThat(learnt).isPositive();
        }
    }
}
