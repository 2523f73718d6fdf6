package org.foreshape.shaping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class ShapingSettingsTest {
    @Test
    void shouldNameAllFaultsAtOnce() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ShapingSettings.parse("staleNs=0\nshrinkBurstKib=1\npoolKib=-1"))
                .withMessageContaining("staleNs is 0")
                .withMessageContaining("poolKib is -1")
                .withMessageContaining("shrinkBurstKib is 1, must be at least shrinkStepKib");
    }

    @Test
    void shouldNameTheLineThatCannotBeRead() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ShapingSettings.parse("staleNs"))
                .withMessageContaining("'staleNs' is not key=value");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ShapingSettings.parse("staleNs=3s"))
                .withMessageContaining("staleNs cannot be '3s'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ShapingSettings.parse("stale=3"))
                .withMessageContaining("there is no 'stale'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ShapingSettings.defaults().with("objective", "FUN"))
                .withMessageContaining("objective cannot be 'FUN'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ShapingSettings.defaults().with("reclaimWhenAmple", "yes"))
                .withMessageContaining("reclaimWhenAmple cannot be 'yes'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ShapingSettings.defaults().atSpeed(0))
                .withMessageContaining("speed");
    }

    @Test
    void shouldComeBackFromItsTextAsItWas() {
        ShapingSettings settings =
                ShapingSettings.defaults()
                        .with("objective", "MAXIMIZE_UTILIZATION")
                        .with("reclaimWhenAmple", "false")
                        .with("poolKib", 7);
        assertThat(ShapingSettings.parse(settings.toText())).isEqualTo(settings);
        assertThat(ShapingSettings.parse("# nothing set\n\n"))
                .as("an older journal, without what these two switch on")
                .isEqualTo(Feed.RESIZES_ONLY.with("riskPermille", 0));
        assertThat(settings.toText()).contains("poolKib=7\n").endsWith("\n");
        assertThat(settings.toText().length()).isLessThan(8192);
    }

    @Test
    void shouldStretchDurationsAndSlowPacesWhenTimeRunsFaster() {
        ShapingSettings fast = ShapingSettings.defaults().atSpeed(10);
        assertThat(fast.staleNs()).isEqualTo(30_000_000_000L);
        assertThat(fast.shrinkPaceKibPerS()).isEqualTo(13 * 1024);
        assertThat(fast.taskLeadNs()).isEqualTo(ShapingSettings.defaults().taskLeadNs());
    }
}
