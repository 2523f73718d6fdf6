package org.foreshape.nativebindings.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LibvirtDomainTest {
    private static final int LIVE = LibvirtFlags.AFFECT_LIVE;
    private static final String NAMESPACE = "https://example.org/shape";

    @SuppressWarnings("NullAway.Init") // Set before each test.
    private LibvirtConnection connection;

    @SuppressWarnings("NullAway.Init") // Set before each test.
    private LibvirtDomain domain;

    @BeforeEach
    void open() {
        connection = LibvirtHere.connectOrSkip();
        domain = connection.domainByName("test");
    }

    @AfterEach
    @SuppressWarnings("UnnecessarilyNullChecked") // Both are null after a skip.
    void close() {
        if (domain != null) {
            domain.close();
        }
        if (connection != null) {
            connection.close();
        }
    }

    @Test
    void shouldSayWhatTheDriverDoesNotOffer() {
        assertCode(LibvirtException.NO_SUPPORT, () -> domain.blockResize("vda", 1 << 20));
        assertCode(
                LibvirtException.NO_SUPPORT,
                () -> domain.qemuMonitorCommand("{\"execute\":\"query-status\"}", 0));
        assertThatThrownBy(() -> domain.qemuAgentCommand("{\"execute\":\"guest-ping\"}", 1))
                .isInstanceOf(LibvirtException.class)
                .hasMessageContaining("guest-ping");
        assertThatThrownBy(() -> domain.updateDevice("<memory model='virtio-mem'/>", LIVE))
                .isInstanceOf(LibvirtException.class);
    }

    @Test
    void shouldRefuseSizesAboveTheMaximum() {
        assertThatThrownBy(() -> domain.setMemory(1L << 40, LIVE))
                .isInstanceOfSatisfying(
                        LibvirtException.class,
                        failure -> {
                            assertThat(failure.call()).isEqualTo("virDomainSetMemoryFlags");
                            assertThat(failure.arguments())
                                    .isEqualTo("domain=test, memory=1099511627776 KiB, flags=1");
                            assertThat(failure.code()).isEqualTo(LibvirtException.INVALID_ARG);
                        });
        assertThatThrownBy(() -> domain.setVcpus(1000, LIVE)).isInstanceOf(LibvirtException.class);
    }

    @Test
    void shouldSetMemoryAndSeeIt() {
        long maxKib = domain.info().maxMemoryKib();
        domain.setMemory(maxKib / 2, LIVE);
        assertThat(domain.info().memoryKib()).isEqualTo(maxKib / 2);
        long[] stats = new long[LibvirtFlags.MEMORY_STAT_COUNT];
        assertThat(domain.memoryStats(stats)).isPositive();
        assertThat(stats[LibvirtFlags.MEMORY_ACTUAL_BALLOON]).isEqualTo(maxKib / 2);
        assertThat(stats[LibvirtFlags.MEMORY_RSS]).isPositive();
        domain.setMemory(maxKib, LIVE);
        assertThat(domain.info().memoryKib()).isEqualTo(maxKib);
        assertThat(domain.info().cpuTimeNs()).isPositive();

        assertThatThrownBy(() -> domain.memoryStats(new long[12]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldMarkStatisticsThatAreMissing() throws Throwable {
        long[] stats = new long[20];
        domain.memoryStats(stats);
        assertThat(stats[13]).isEqualTo(-1);
        LibvirtHere.call("virDomainDestroy", domain);
        try {
            assertCode(LibvirtException.OPERATION_INVALID, () -> domain.memoryStats(stats));
            assertThat(stats).containsOnly(-1);
            assertThat(domain.isActive()).isFalse();
            assertThat(domain.info().state()).isEqualTo(LibvirtFlags.STATE_SHUTOFF);
        } finally {
            LibvirtHere.call("virDomainCreate", domain);
        }
    }

    @Test
    void shouldSetVcpusAndSeeThem() {
        int before = domain.vcpus(LIVE);
        int most = domain.vcpus(LIVE | LibvirtFlags.VCPU_MAXIMUM);
        assertThat(before).isBetween(1, most);
        domain.setVcpus(1, LIVE);
        assertThat(domain.vcpus(LIVE)).isEqualTo(1);
        domain.setVcpus(before, LIVE);
        assertThat(domain.info().vcpuCount()).isEqualTo(before);
    }

    @Test
    void shouldSetSchedulerParametersOfTheRightType() {
        domain.setSchedulerParameters(new TypedParameters().putUnsignedInt("weight", 60), 0);
        assertThatThrownBy(() ->
                        domain.setSchedulerParameters(
                                new TypedParameters().putLong("weight", 60), 0))
                .as("a value of another type")
                .isInstanceOf(LibvirtException.class)
                .hasMessageContaining("weight=60");
        // The test driver refuses a flag that libvirt itself adds; reading is tested by NUMA
        // parameters.
        assertThatThrownBy(() -> domain.schedulerParameters(0))
                .isInstanceOf(LibvirtException.class)
                .hasMessageContaining("unsupported flags (0x4)");
    }

    @Test
    void shouldReadAndSetNumaParameters() {
        TypedParameters wanted =
                new TypedParameters().putString("numa_nodeset", "0").putInt("numa_mode", 0);
        domain.setNumaParameters(wanted, LIVE);
        TypedParameters found = domain.numaParameters(LIVE);
        assertThat(found.getString("numa_nodeset")).isEqualTo("0");
        assertThat(found.getLong("numa_mode")).isZero();
    }

    @Test
    void shouldPinVcpusAndTheEmulator() {
        BitSet two = new BitSet();
        two.set(0, 2);
        domain.pinVcpu(0, two, 0);
        domain.pinEmulator(two, 0);
        assertThat(domain.emulatorPin(16, 0)).isEqualTo(two);
        assertThat(domain.vcpuPin(0, 16, 0).cardinality()).isPositive();

        assertThatThrownBy(() -> domain.vcpuPin(1000, 16, LIVE))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> domain.pinVcpu(1000, two, 0)).isInstanceOf(LibvirtException.class);
        assertThatThrownBy(() -> domain.pinEmulator(new BitSet(), LIVE))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldKeepMetadataOfItsNamespace() {
        assertThat(domain.metadata(NAMESPACE, LIVE)).isNull();
        domain.setMetadata(NAMESPACE, "shape", "<vm mode='observe'/>", LIVE);
        assertThat(domain.metadata(NAMESPACE, LIVE)).isEqualTo("<vm mode=\"observe\"/>");
        assertThat(domain.xmlDesc(0)).contains("<shape:vm").contains(NAMESPACE);
        domain.setMetadata(NAMESPACE, "shape", null, LIVE);
        assertThat(domain.metadata(NAMESPACE, LIVE)).isNull();
        assertThatThrownBy(() -> domain.setMetadata(NAMESPACE, "shape", "<vm", LIVE))
                .isInstanceOf(LibvirtException.class);
    }

    @Test
    void shouldDescribeTheDomain() {
        assertThat(domain.xmlDesc(0)).startsWith("<domain type='test'").contains("<name>test<");
        assertThat(domain.xmlDesc(LibvirtFlags.XML_INACTIVE)).contains("<name>test<");
        assertThat(domain).hasToString("LibvirtDomain[test, " + domain.uuid() + "]");
    }

    private static void assertCode(int code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        LibvirtException.class,
                        failure ->
                                assertThat(failure.code())
                                        .as(failure.getMessage())
                                        .isEqualTo(code));
    }
}
