package org.foreshape.shaping.tuning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.foreshape.ring.event.Text;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArmTest {
    private static final Bounds NARROW = new Bounds(1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000);

    @Test
    void shouldReadWhatItWrites() {
        Text text = new Text(200);
        int[] permille = new int[4];
        for (Arm arm : Bounds.USUAL.arms()) {
            text.set(arm.toText() + "; chance=0.25");
            assertThat(Arm.read(text, permille)).isTrue();
            assertThat(new Arm(permille[0], permille[1], permille[2], permille[3])).isEqualTo(arm);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "price",
                "price=",
                "price=x margin=1000 lead=1000 pace=1000",
                "price=1000 margin=1000 lead=1000",
                "price=9 margin=1000 lead=1000 pace=1000",
                "price=1000 margin=1000 lead=1000 pace=99999999999"
            })
    void shouldRefuseWhatIsNoArm(String words) {
        Text text = new Text(200);
        text.set(words);
        assertThat(Arm.read(text, new int[4])).isFalse();
    }

    @Test
    void shouldStayWithinTheOperatorsBounds() {
        assertThat(NARROW.arms()).isEqualTo(List.of(Arm.SETTINGS));
        List<Arm> arms = Bounds.USUAL.arms();
        assertThat(arms.getFirst()).isEqualTo(Arm.SETTINGS);
        assertThat(arms).doesNotHaveDuplicates().hasSize(8);
        assertThat(arms)
                .allSatisfy(arm -> {
                    assertThat(arm.pricePermille()).isBetween(250, 4000);
                    assertThat(arm.marginPermille()).isBetween(1000, 2000);
                    assertThat(arm.leadPermille()).isBetween(1000, 2000);
                    assertThat(arm.pacePermille()).isBetween(500, 1000);
                });
        assertThatThrownBy(() -> new Bounds(1500, 2000, 1000, 1000, 1000, 1000, 1000, 1000))
                .hasMessageContaining("price is 1500 to 2000 permille, must contain 1000");
    }
}
