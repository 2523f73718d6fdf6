package org.foreshape.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.foreshape.daemon.cli.Checkup.Finding;
import org.foreshape.daemon.cli.Checkup.Grade;
import org.foreshape.numasculptor.Step;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HandCheckupTest {
    @Test
    void shouldTellOfEveryStepAndWhyOneIsMissing(@TempDir Path folder) throws IOException {
        List<Finding> findings = HandCheckup.run(folder.resolve("warm"));
        assertThat(findings)
                .filteredOn(f -> f.what().startsWith("sculpt "))
                .hasSize(Step.values().length + 1);
        assertThat(findings)
                .filteredOn(f -> f.what().startsWith("prefault "))
                .hasSizeGreaterThan(3);
        assertThat(findings).filteredOn(f -> f.what().equals("page server")).hasSize(1);
        assertThat(findings)
                .extracting(Finding::what)
                .contains("sculpt places", "balloon ledger", "prewarm");
        assertThat(folder).as("doctor changes nothing").isEmptyDirectory();
        Path file = Files.createFile(folder.resolve("file"));
        assertThat(HandCheckup.run(file.resolve("warm")))
                .filteredOn(f -> f.what().equals("prewarm"))
                .allMatch(f -> f.grade() == Grade.NOTE && f.text().contains("prewarm.directory"));
        assertThat(findings)
                .allSatisfy(f -> {
                    boolean ok = f.grade() == Grade.OK;
                    assertThat(f.text()).startsWith(ok ? "available" : "unavailable: ");
                    assertThat(f.grade()).isNotEqualTo(Grade.LACKING);
                });
    }
}
