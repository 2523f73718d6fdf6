package org.foreshape.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.foreshape.journal.codec.RecordHeaderDecoder;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.LearntKind;
import org.foreshape.ring.event.Tick;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    /**
     * What each version's own program counted when it had written its journal; parts of what was
     * learnt are in it since version 3.
     */
    @ParameterizedTest(name = "version {0}")
    @CsvSource({
        "1, 773, 719, 45",
        "2, 779, 727, 43",
        "3, 782, 725, 47",
        "4, 741, 683, 48",
        "5, 774, 726, 38",
        "6, 775, 728, 37"
    })
    void shouldReadAJournalOfEachVersion(int version, long records, long samples, long acts)
            throws IOException {
        unpack("version-" + version + ".zip");
        VerifyReport report = JournalVerifier.verify(directory);
        assertThat(report.findings()).isEmpty();
        assertThat(report.records()).isEqualTo(records);
        assertThat(report.samples()).isEqualTo(samples);
        assertThat(report.outcomes()).isEqualTo(acts).isEqualTo(report.intents());
        JournalState state = JournalState.read(directory);
        assertThat(state.vms()).hasSize(2);
        assertThat(state.endedInOrder()).isTrue();
        try (JournalReader reader = JournalReader.open(directory)) {
            Tick tick = new Tick(2);
            long forecasts = 0;
            long learnt = 0;
            while (reader.next(tick)) {
                assertThat(reader.version()).isEqualTo(version);
                forecasts += tick.kind == EventKind.SAMPLE ? tick.forecast.slotCount : 0;
                learnt += tick.learnt.kind == LearntKind.NONE ? 0 : 1;
            }
            assertThat(forecasts).isEqualTo(2 * samples);
            assertThat(learnt > 0).isEqualTo(version >= 3);
        }
    }

    @Test
    void shouldHaveAJournalOfThePresentVersion() {
        assertThat(RecordHeaderDecoder.SCHEMA_VERSION)
                .as("a new version needs a journal of its own here")
                .isEqualTo(6);
    }
}
