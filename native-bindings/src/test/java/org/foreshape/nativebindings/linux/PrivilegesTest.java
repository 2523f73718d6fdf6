package org.foreshape.nativebindings.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class PrivilegesTest {
    @Test
    void shouldReadTheEffectiveUserAndCapabilities() {
        Privileges privileges =
                Privileges.parse(
                        List.of(
                                "Name:\tqemu",
                                "Uid:\t1\t64055\t3\t4",
                                "CapPrm:\tffffffffffffffff",
                                "CapEff:\t0000000000880000"));
        assertThat(privileges.uid()).isEqualTo(64055);
        assertThat(privileges.has(Capability.SYS_PTRACE)).isTrue();
        assertThat(privileges.has(Capability.SYS_NICE)).isTrue();
        assertThat(privileges.has(Capability.SYS_ADMIN)).isFalse();
        assertThat(Capability.SYS_NICE.symbol()).isEqualTo("CAP_SYS_NICE");
    }

    @Test
    void shouldKnowItselfAndMissTheAbsent() {
        assertThat(Privileges.ofThisProcess()).isEqualTo(Privileges.of(LinuxMemory.processId()));
        assertThatThrownBy(() -> Privileges.of(1 << 22))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("ESRCH");
    }

    @Test
    void shouldReadOptionsThatAreBuiltInOrModules() throws IOException {
        String config = "CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=m\nCONFIG_D=12\n";
        KernelOptions options =
                KernelOptions.read(
                        new ByteArrayInputStream(config.getBytes(StandardCharsets.UTF_8)));
        assertThat(options.known()).isTrue();
        assertThat(options.has("CONFIG_A")).isTrue();
        assertThat(options.has("CONFIG_B")).isFalse();
        assertThat(options.has("CONFIG_C")).isTrue();
        assertThat(options.has("CONFIG_D")).isFalse();
    }
}
