package org.foreshape.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class GuestSpecTest {
    @Test
    void shouldNameTheValueThatIsOutOfRange() {
        assertThatThrownBy(() -> GuestSpec.builder("Big one").build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("name 'Big one'");
        assertThatThrownBy(() -> GuestSpec.builder("a").maxMib(256).currentMib(257).build())
                .hasMessageContaining("currentMib 257");
        assertThatThrownBy(() -> GuestSpec.builder("a").maxMib(64).build())
                .hasMessageContaining("maxMib 64");
        assertThatThrownBy(() -> GuestSpec.builder("a").vcpus(0).build())
                .hasMessageContaining("vcpus 0");
        assertThatThrownBy(() -> GuestSpec.builder("a").cpuModel("x'/>").build())
                .hasMessageContaining("cpuModel");
        assertThatThrownBy(() -> GuestSpec.builder("a").channels("a/b").build())
                .hasMessageContaining("channel 'a/b'");
        assertThatThrownBy(() -> GuestSpec.builder("a").environment(Map.of("A", "'/>")).build())
                .hasMessageContaining("value ''/>'");
    }

    @Test
    void shouldGiveAllItsMemoryWhenNoCurrentSizeIsSet() {
        assertThat(GuestSpec.builder("a").maxMib(512).build().currentMib()).isEqualTo(512);
    }

    @Test
    void shouldWriteWhatWasAskedForIntoTheDomain() {
        GuestSpec spec =
                GuestSpec.builder("a")
                        .maxMib(1024)
                        .currentMib(384)
                        .vcpus(2)
                        .autodeflate(true)
                        .agent(true)
                        .channels("org.example.0")
                        .environment(Map.of("MALLOC_ARENA_MAX", "1"))
                        .metadataXml("<f:vm xmlns:f='urn:f' mode='observe'/>")
                        .build();
        assertThat(xml(spec))
                .contains(
                        "<name>fs1-a</name>",
                        "<metadata><f:vm xmlns:f='urn:f' mode='observe'/></metadata>",
                        "<memory unit='MiB'>1024</memory>",
                        "<currentMemory unit='MiB'>384</currentMemory>",
                        "<access mode='shared'/>",
                        "<vcpu placement='static'>2</vcpu>",
                        "<kernel>/it&apos;s/vmlinuz</kernel>",
                        "path='/d/a.org.example.0'",
                        "org.qemu.guest_agent.0",
                        "<qemu:env name='MALLOC_ARENA_MAX' value='1'/>",
                        "autodeflate='on' freePageReporting='off'><stats period='1'/>");
    }

    @Test
    void shouldLeaveOutWhatWasNotAskedFor() {
        assertThat(xml(GuestSpec.builder("a").ram(RamKind.ANON).statsPeriodS(0).build()))
                .doesNotContain("memoryBacking", "<stats", "metadata", "guest_agent");
    }

    private static String xml(GuestSpec spec) {
        return DomainXml.of(spec, "fs1-a", Path.of("/q"), Path.of("/it's"), Path.of("/d/a"));
    }
}
