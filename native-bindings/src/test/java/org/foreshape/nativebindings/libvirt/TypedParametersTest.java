package org.foreshape.nativebindings.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TypedParametersTest {
    private final TypedParameters parameters =
            new TypedParameters()
                    .putUnsignedLong("cpu_shares", 512)
                    .putDouble("ratio", 0.5)
                    .putString("numa_nodeset", "0-1");

    @Test
    void shouldRefuseNamesThatDoNotFit() {
        for (String name : new String[] {"", "n".repeat(80), "a\0b"}) {
            assertThatThrownBy(() -> new TypedParameters().putInt(name, 1))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void shouldSayWhatIsMissingOrOfAnotherType() {
        assertThatThrownBy(() -> parameters.getLong("absent"))
                .hasMessageContaining("absent")
                .hasMessageContaining("cpu_shares=512");
        assertThatThrownBy(() -> parameters.getLong("numa_nodeset"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldKeepValuesInOrder() {
        assertThat(parameters.names()).containsExactly("cpu_shares", "ratio", "numa_nodeset");
        assertThat(parameters.getLong("cpu_shares")).isEqualTo(512);
        assertThat(parameters.getDouble("ratio")).isEqualTo(0.5);
        assertThat(parameters.getString("numa_nodeset")).isEqualTo("0-1");
        assertThat(parameters).hasToString("{cpu_shares=512, ratio=0.5, numa_nodeset=0-1}");
    }
}
