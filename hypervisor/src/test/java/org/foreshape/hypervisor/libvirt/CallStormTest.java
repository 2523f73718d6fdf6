package org.foreshape.hypervisor.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.foreshape.lab.GuestSpec;
import org.foreshape.lab.Lab;
import org.foreshape.lab.PrivateLibvirtd;
import org.foreshape.nativebindings.libvirt.LibvirtConnection;
import org.foreshape.nativebindings.libvirt.LibvirtDomain;
import org.foreshape.nativebindings.libvirt.LibvirtEventLoop;
import org.foreshape.nativebindings.libvirt.LibvirtException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Many threads in calls to a real libvirtd that goes away under them. With one connection for all
 * of them libvirt's client before 10.4.0 ends this process (CVE-2024-4418).
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class CallStormTest {
    private static final int THREADS = 8;
    private static final int ROUNDS = 6;
    private static final long ROUND_MS = 400;

    private final AtomicLong calls = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();

    @Test
    void shouldSurviveThatLibvirtdGoesAwayUnderManyCalls() throws Exception {
        Lab.reasonToSkip().ifPresent(reason -> Assumptions.abort(reason));
        try (PrivateLibvirtd libvirtd = PrivateLibvirtd.start()) {
            String name = libvirtd.create(GuestSpec.builder("storm").build()).domainName();
            LibvirtEventLoop loop = new LibvirtEventLoop();
            Thread events = Thread.ofPlatform().start(loop);
            try {
                for (int round = 0; round < ROUNDS; round++) {
                    storm(libvirtd, name);
                    libvirtd.startDaemon();
                }
            } finally {
                loop.stop();
                events.join();
            }
        }
        System.out.println(calls + " calls, " + failures + " failed");
        assertThat(calls.get()).isGreaterThan(ROUNDS * 100);
        assertThat(failures.get()).isGreaterThanOrEqualTo(ROUNDS);
    }

    private void storm(PrivateLibvirtd libvirtd, String name) throws Exception {
        AtomicBoolean lost = new AtomicBoolean();
        LibvirtConnection connection = LibvirtConnection.open(libvirtd.uri());
        try (LibvirtDomain domain = connection.domainByName(name)) {
            connection.keepAlive(1, 3);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                threads.add(Thread.ofPlatform().start(() -> call(connection, domain, lost)));
            }
            Thread.sleep(ROUND_MS);
            assertThat(connection.callConnectionCount()).isBetween(1, THREADS);
            libvirtd.kill9();
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(lost).isTrue();
        } finally {
            connection.close();
        }
        assertThat(connection.callConnectionCount()).isZero();
    }

    private void call(LibvirtConnection connection, LibvirtDomain domain, AtomicBoolean lost) {
        try {
            while (true) {
                assertThat(domain.isActive()).isTrue();
                connection.nodeInfo();
                calls.incrementAndGet();
            }
        } catch (LibvirtException e) {
            failures.incrementAndGet();
            lost.set(true);
        }
    }
}
