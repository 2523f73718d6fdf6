package org.foreshape.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.foreshape.daemon.cli.Checkup.Finding;
import org.foreshape.daemon.cli.Checkup.Grade;
import org.foreshape.numasculptor.Step;
import org.junit.jupiter.api.Test;

class HandCheckupTest {
    @Test
    void shouldTellOfEveryStepAndWhyOneIsMissing() {
        List<Finding> findings = HandCheckup.run();
        assertThat(findings)
                .filteredOn(f -> f.what().startsWith("sculpt "))
                .hasSize(Step.values().length);
        assertThat(findings)
                .filteredOn(f -> f.what().startsWith("prefault "))
                .hasSizeGreaterThan(3);
        assertThat(findings).filteredOn(f -> f.what().equals("page server")).hasSize(1);
        assertThat(findings)
                .allSatisfy(f -> {
                    boolean ok = f.grade() == Grade.OK;
                    assertThat(f.text()).startsWith(ok ? "available" : "unavailable: ");
                    assertThat(f.grade()).isNotEqualTo(Grade.LACKING);
                });
    }
}
