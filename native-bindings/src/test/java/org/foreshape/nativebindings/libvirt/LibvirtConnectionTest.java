package org.foreshape.nativebindings.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.foreshape.nativebindings.NativeUnavailableException;
import org.junit.jupiter.api.Test;

class LibvirtConnectionTest {
    private static final UUID UUID_OF_TEST =
            UUID.fromString("6695eb01-f6a4-8304-79aa-97f2502e193f");

    @Test
    void shouldSayWhatToInstallWhenTheLibraryIsMissing() {
        assertThatThrownBy(() -> LibvirtLibrary.requireLibrary("libvirt.so.4711", "libvirt0"))
                .isInstanceOf(NativeUnavailableException.class)
                .hasMessage(
                        "libvirt.so.4711 not found: install libvirt0 (apt-get install libvirt0).");
    }

    @Test
    void shouldSayWhichUriCannotBeReached() {
        LibvirtHere.openOrSkip();
        assertThatThrownBy(() -> LibvirtConnection.open("nosuchdriver:///system"))
                .isInstanceOfSatisfying(
                        LibvirtException.class,
                        failure -> {
                            assertThat(failure.call()).isEqualTo("virConnectOpen");
                            assertThat(failure.arguments()).isEqualTo("uri=nosuchdriver:///system");
                            assertThat(failure.code()).isPositive();
                            assertThat(failure.level()).isEqualTo(2);
                            assertThat(failure.libvirtMessage()).isNotBlank();
                            assertThat(failure)
                                    .hasMessageStartingWith(
                                            "virConnectOpen(uri=nosuchdriver:///system) failed: ");
                        });
        assertThatThrownBy(
                        () -> LibvirtConnection.open("qemu+unix:///system?socket=/no/such/socket"))
                .isInstanceOfSatisfying(
                        LibvirtException.class,
                        failure -> {
                            assertThat(failure.code()).isEqualTo(LibvirtException.SYSTEM_ERROR);
                            assertThat(failure.getMessage()).contains("/no/such/socket");
                        });
    }

    @Test
    void shouldSayThatThereIsNoSuchDomain() {
        try (LibvirtConnection connection = LibvirtHere.connectOrSkip()) {
            assertThatThrownBy(() -> connection.domainByName("absent"))
                    .isInstanceOfSatisfying(
                            LibvirtException.class,
                            failure -> {
                                assertThat(failure.code()).isEqualTo(LibvirtException.NO_DOMAIN);
                                assertThat(failure.domain()).isEqualTo(12);
                                assertThat(failure.call()).isEqualTo("virDomainLookupByName");
                                assertThat(failure.arguments()).isEqualTo("name=absent");
                            });
            assertThatThrownBy(() -> connection.domainByUuid(new UUID(1, 2)))
                    .isInstanceOfSatisfying(
                            LibvirtException.class,
                            failure ->
                                    assertThat(failure.code())
                                            .isEqualTo(LibvirtException.NO_DOMAIN));
            assertThatThrownBy(() -> connection.domainById(4711))
                    .isInstanceOf(LibvirtException.class);
        }
    }

    @Test
    void shouldRefuseCallsAfterCloseAndCloseTwice() {
        LibvirtConnection connection = LibvirtHere.connectOrSkip();
        LibvirtDomain domain = connection.domainByName("test");
        connection.close();
        connection.close();

        assertThat(connection.isAlive()).isFalse();
        assertThatThrownBy(connection::hostname)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("connection to test:///default is closed");
        // libvirt counts references: a domain keeps what it needs of its connection.
        assertThat(domain.info().state()).isEqualTo(LibvirtFlags.STATE_RUNNING);
        domain.close();
        domain.close();
        assertThatThrownBy(domain::info)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("domain test is closed");
    }

    @Test
    void shouldRefuseVirtualThreads() throws Exception {
        try (LibvirtConnection connection = LibvirtHere.connectOrSkip()) {
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread.ofVirtual()
                    .start(() -> {
                        try {
                            connection.hostname();
                        } catch (IllegalStateException refused) {
                            thrown.set(refused);
                        }
                    })
                    .join();
            assertThat(thrown.get()).hasMessageContaining("platform thread");
        }
    }

    @Test
    void shouldKeepErrorsOfThreadsApart() throws Exception {
        try (LibvirtConnection connection = LibvirtHere.connectOrSkip()) {
            List<Thread> threads = new ArrayList<>();
            List<String> wrong = java.util.Collections.synchronizedList(new ArrayList<>());
            CountDownLatch start = new CountDownLatch(1);
            for (int t = 0; t < 4; t++) {
                boolean lookUp = t % 2 == 0;
                threads.add(
                        Thread.ofPlatform()
                                .start(() -> {
                                    try {
                                        start.await();
                                        for (int i = 0; i < 200; i++) {
                                            fail(connection, lookUp, wrong);
                                        }
                                    } catch (InterruptedException | RuntimeException e) {
                                        wrong.add(e.toString());
                                    }
                                }));
            }
            start.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(wrong).isEmpty();
        }
    }

    private static void fail(LibvirtConnection connection, boolean lookUp, List<String> wrong) {
        try (LibvirtDomain domain = connection.domainByName(lookUp ? "absent" : "test")) {
            domain.setMemory(1L << 40, LibvirtFlags.AFFECT_LIVE);
            wrong.add("no failure");
        } catch (LibvirtException failure) {
            int expected = lookUp ? LibvirtException.NO_DOMAIN : LibvirtException.INVALID_ARG;
            if (failure.code() != expected) {
                wrong.add("expected " + expected + ", got " + failure.getMessage());
            }
        }
    }

    @Test
    void shouldDescribeTheConnectionAndItsHost() {
        LibvirtLibrary library = LibvirtHere.openOrSkip();
        assertThat(LibvirtLibrary.open()).isSameAs(library);
        assertThat(library.version()).isGreaterThanOrEqualTo(7_000_000);
        try (LibvirtConnection connection = LibvirtHere.connectOrSkip()) {
            assertThat(connection.uri()).isEqualTo("test:///default");
            assertThat(connection.canonicalUri()).isEqualTo("test:///default");
            assertThat(connection.hostname()).isNotBlank();
            assertThat(connection.isAlive()).isTrue();
            assertThat(connection.libraryVersion()).isEqualTo(library.version());
            assertThat(connection.capabilitiesXml()).startsWith("<capabilities>");
            NodeInfo node = connection.nodeInfo();
            // The test driver's fixed host.
            assertThat(node).isEqualTo(new NodeInfo("i686", 3145728, 16, 1400, 2, 2, 2, 2));
            assertThatThrownBy(() -> connection.keepAlive(5, 3))
                    .isInstanceOfSatisfying(
                            LibvirtException.class,
                            failure ->
                                    assertThat(failure.code())
                                            .isEqualTo(LibvirtException.NO_SUPPORT));
        }
    }

    @Test
    void shouldRefuseChangesWhenOpenedForReading() {
        LibvirtHere.openOrSkip();
        try (LibvirtConnection connection = LibvirtConnection.openReadOnly(LibvirtHere.TEST_URI);
                LibvirtDomain domain = connection.domainByName("test")) {
            assertThatThrownBy(() -> domain.setMemory(1 << 20, LibvirtFlags.AFFECT_LIVE))
                    .isInstanceOf(LibvirtException.class)
                    .hasMessageContaining("read only");
        }
    }

    @Test
    void shouldFindDomains() {
        try (LibvirtConnection connection = LibvirtHere.connectOrSkip()) {
            List<LibvirtDomain> active = connection.activeDomains();
            assertThat(active).hasSize(1);
            try (LibvirtDomain listed = active.get(0);
                    LibvirtDomain byName = connection.domainByName("test");
                    LibvirtDomain byUuid = connection.domainByUuid(UUID_OF_TEST);
                    LibvirtDomain byId = connection.domainById(byName.id())) {
                for (LibvirtDomain domain : List.of(listed, byName, byUuid, byId)) {
                    assertThat(domain.name()).isEqualTo("test");
                    assertThat(domain.uuid()).isEqualTo(UUID_OF_TEST);
                    assertThat(domain.id()).isEqualTo(byName.id());
                    assertThat(domain.isActive()).isTrue();
                }
            }
            assertThat(connection.domains(LibvirtFlags.LIST_INACTIVE)).isEmpty();
        }
    }

    @Test
    void shouldSampleAllDomainsOneAndAList() {
        try (LibvirtConnection connection = LibvirtHere.connectOrSkip();
                LibvirtDomain domain = connection.domainByName("test")) {
            RecordingSink sink = new RecordingSink();
            assertThat(connection.allDomainStats(LibvirtFlags.STATS_STATE, 0, sink)).isEqualTo(1);
            assertThat(connection.domainStats(domain, LibvirtFlags.STATS_STATE, 0, sink))
                    .isEqualTo(1);
            assertThat(
                            connection.domainStats(
                                    List.of(domain, domain), LibvirtFlags.STATS_STATE, 0, sink))
                    .isBetween(1, 2);
            assertThat(connection.domainStats(List.of(), LibvirtFlags.STATS_STATE, 0, sink))
                    .isZero();

            assertThat(sink.lines.subList(0, 4))
                    .containsExactly(
                            "begin " + UUID_OF_TEST, "STATE -1 1", "STATE_REASON -1 0", "end");
            assertThat(sink.lines.subList(4, 8)).isEqualTo(sink.lines.subList(0, 4));
        }
    }

    @Test
    void shouldPassOnWhatTheSinkThrowsAndStillWork() {
        try (LibvirtConnection connection = LibvirtHere.connectOrSkip()) {
            RecordingSink broken =
                    new RecordingSink() {
                        @Override
                        public void value(DomainStatsField field, int index, long value) {
                            throw new IllegalArgumentException("sink is full");
                        }
                    };
            assertThatThrownBy(() -> connection.allDomainStats(0, 0, broken))
                    .hasMessage("sink is full");
            assertThat(connection.allDomainStats(0, 0, new RecordingSink())).isEqualTo(1);
        }
    }

    @Test
    void shouldSayWhenStatisticsAreRefused() {
        try (LibvirtConnection connection = LibvirtHere.connectOrSkip()) {
            assertThatThrownBy(() -> connection.allDomainStats(1, 1 << 20, new RecordingSink()))
                    .isInstanceOf(LibvirtException.class)
                    .hasMessageContaining("flags=1048576");
        }
    }

    @Test
    void shouldSampleWithoutGarbage() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        DomainStatsSink sink =
                new DomainStatsSink() {
                    @Override
                    public void begin(long uuidHigh, long uuidLow) {}

                    @Override
                    public void value(DomainStatsField field, int index, long value) {}

                    @Override
                    public void end() {}
                };
        long[] memory = new long[LibvirtFlags.MEMORY_STAT_COUNT];
        try (LibvirtConnection connection = LibvirtHere.connectOrSkip();
                LibvirtDomain domain = connection.domainByName("test")) {
            long leastBytes = Long.MAX_VALUE;
            int rounds = 0;
            // The compiler removes the last objects some time after the calls became hot.
            while (leastBytes >= 1000 && rounds++ < 200) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 1000; i++) {
                    connection.allDomainStats(LibvirtFlags.STATS_STATE, 0, sink);
                    connection.domainStats(domain, LibvirtFlags.STATS_STATE, 0, sink);
                    domain.memoryStats(memory);
                }
                leastBytes =
                        Math.min(leastBytes, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertThat(leastBytes).as("bytes of 1000 samples").isLessThan(1000);
        }
    }

    private static class RecordingSink implements DomainStatsSink {
        final List<String> lines = new ArrayList<>();

        @Override
        public void begin(long uuidHigh, long uuidLow) {
            lines.add("begin " + new UUID(uuidHigh, uuidLow));
        }

        @Override
        public void value(DomainStatsField field, int index, long value) {
            lines.add(field + " " + index + " " + value);
        }

        @Override
        public void end() {
            lines.add("end");
        }
    }
}
