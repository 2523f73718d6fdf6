package org.foreshape.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.EventWriter;
import org.foreshape.ring.event.Tick;
import org.junit.jupiter.api.Test;

class SamplingLoopTest {
    private static final long HOUR_NS = 3_600_000_000_000L;

    private final EventLog log = new EventLog(2);
    private final VmDirectory directory = new VmDirectory(2, HypervisorContractTest.SETTINGS);

    @Test
    void shouldGoOnAfterTheSourceThrew() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        TelemetrySource source =
                into -> {
                    if (calls.incrementAndGet() <= 2) {
                        throw new IllegalStateException("the source fails twice in this test");
                    }
                    return true;
                };
        try (SamplingLoop loop = new SamplingLoop("sampling-test", source, directory, 1)) {
            loop.start(log, EngineClock.wall());
            log.await(EventLog.Sample.class, 0, 20_000, sample -> true);

            assertThat(loop.failureCount()).isEqualTo(2);
        }
    }

    @Test
    void shouldPublishNothingWhileTheSourceHasNothing() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        TelemetrySource source = into -> calls.incrementAndGet() > 3;
        try (SamplingLoop loop = new SamplingLoop("sampling-test", source, directory, 1)) {
            loop.start(log, EngineClock.wall());
            log.await(EventLog.Sample.class, 0, 20_000, sample -> true);

            assertThat(calls.get()).isGreaterThanOrEqualTo(4);
        }
    }

    @Test
    void shouldPublishAtOnceWhenFiguresAreFresh() throws Exception {
        try (SamplingLoop loop =
                new SamplingLoop("sampling-test", into -> true, directory, HOUR_NS)) {
            loop.start(log, EngineClock.wall());
            log.await(EventLog.Sample.class, 0, 20_000, sample -> true);
            for (int i = 1; i < 4; i++) {
                int from = log.size();
                loop.wake();
                log.await(EventLog.Sample.class, from, 20_000, sample -> true);
            }
        }
    }

    @Test
    void shouldScaleThePeriodWithTheClockDownToALimit() {
        assertThat(SamplingLoop.wallPeriodNs(1_000_000_000, 1)).isEqualTo(1_000_000_000);
        assertThat(SamplingLoop.wallPeriodNs(1_000_000_000, 10)).isEqualTo(100_000_000);
        assertThat(SamplingLoop.wallPeriodNs(1_000_000_000, 1000)).isEqualTo(20_000_000);
    }

    @Test
    void shouldNotSampleWhileAVmArrives() throws Exception {
        directory.open(
                new EventPublisher() {
                    @Override
                    public boolean tryPublish(EventWriter writer) {
                        return false;
                    }

                    @Override
                    public void publish(EventWriter writer) {
                        int before = log.size();
                        sleep(100);
                        assertThat(log.size()).isEqualTo(before);
                        log.publish(writer);
                    }
                },
                EngineClock.wall());
        try (SamplingLoop loop = new SamplingLoop("sampling-test", into -> true, directory, 1)) {
            loop.start(log, EngineClock.wall());
            log.await(EventLog.Sample.class, 0, 20_000, sample -> true);

            assertThat(directory.arrive("a", new UUID(1, 1), null, 1)).isNotNull();
        }
    }

    @Test
    void shouldEndItsThreadOnClose() throws Exception {
        Set<Thread> before = Threads.alive();
        SamplingLoop loop = new SamplingLoop("sampling-test", into -> true, directory, HOUR_NS);
        loop.close();
        loop.start(log, EngineClock.wall());
        log.await(EventLog.Sample.class, 0, 20_000, sample -> true);
        loop.close();
        loop.close();

        assertThat(Threads.left(before)).isEmpty();
    }

    @Test
    void shouldMakeNoGarbageOnceWarm() throws Exception {
        // The pass itself is measured on this thread: a loop's own thread also parks, and the
        // JVM accounts what its compilation costs there at times that no test can foresee.
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (HostTelemetry host = HostTelemetry.open()) {
            SampleBoard board = new SampleBoard(64);
            Tick target = new Tick(64);
            Runnable pass =
                    () -> {
                        host.refresh();
                        board.copyTo(target.sample);
                        host.writeTo(target.sample);
                    };
            long leastBytes = Long.MAX_VALUE;
            for (int round = 0; round < 20; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 200; i++) {
                    pass.run();
                }
                long bytes = threads.getCurrentThreadAllocatedBytes() - before;
                leastBytes = Math.min(leastBytes, bytes);
            }

            assertThat(leastBytes).isZero();
        }
    }

    private static void sleep(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
