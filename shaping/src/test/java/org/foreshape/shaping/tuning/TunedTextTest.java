package org.foreshape.shaping.tuning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import org.foreshape.ring.event.ControlSection;
import org.foreshape.ring.event.Text;
import org.junit.jupiter.api.Test;

class TunedTextTest {
    private static final long SEED = 5;

    private static Situation situation(SplittableRandom random) {
        return new Situation(
                random.nextDouble() * 64,
                random.nextDouble() / 3,
                0,
                64,
                random.nextDouble() * 24,
                random.nextInt(9),
                random.nextDouble());
    }

    @Test
    void shouldReadBackWhatItWrote() {
        SplittableRandom random = new SplittableRandom(SEED);
        Tuner tuner = new Tuner(TunerSettings.DEFAULTS, SEED);
        for (int i = 0; i < 1_000; i++) {
            Tuner.Choice choice = tuner.choose(situation(random));
            EpochCost cost = new EpochCost(random.nextDouble(), random.nextInt(3), i);
            tuner.learn(choice, cost);
            TunedText written =
                    new TunedText(tuner.arms().get(choice.arm()), choice, i % 3 == 0 ? null : cost);
            String text = written.toText();
            assertThat(text.length()).isLessThan(ControlSection.TEXT_BYTES_MAX);
            TunedText read = TunedText.parse(text);
            assertThat(read.arm()).as("seed " + SEED).isEqualTo(written.arm());
            assertThat(read.before()).isEqualTo(written.before());
            assertThat(read.choice().situation()).isEqualTo(choice.situation());
            assertThat(read.choice().arm()).isEqualTo(choice.arm());
            assertThat(read.choice().chances()).isEqualTo(choice.chances());
            Text bytes = new Text(ControlSection.TEXT_BYTES_MAX);
            bytes.set(text);
            int[] permille = new int[4];
            assertThat(Arm.read(bytes, permille)).isTrue();
            assertThat(permille[0]).isEqualTo(written.arm().pricePermille());
        }
    }

    @Test
    void shouldNameWhatIsWrong() {
        assertThatThrownBy(() -> TunedText.parse("price=1000 margin=1000 lead=1000"))
                .hasMessageContaining("pace is missing");
        assertThatThrownBy(() -> TunedText.parse("price=much margin=1000 lead=1000 pace=1"))
                .hasMessageContaining("price is 'much'");
    }
}
