package org.foreshape.hypervisor;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.EventWriter;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Tick;
import org.jspecify.annotations.Nullable;

/**
 * Publishes samples from one thread: each period, and at once when the source has fresh figures.
 *
 * <p>The period is in engine time. A compressed clock shortens it in wall time, down to {@link
 * #WALL_PERIOD_NS_MIN}; fresh figures are published no more often than that either. A pass makes no
 * garbage once warm, and never waits for the ring: a sample that finds it full is shed.
 */
public final class SamplingLoop implements AutoCloseable {
    /** Default period: 1 s of engine time. */
    public static final long PERIOD_NS = 1_000_000_000;

    /** Least wall time between two samples. */
    public static final long WALL_PERIOD_NS_MIN = 20_000_000;

    /**
     * How long before a sample the ring hears of it: gathering alone may be over before the
     * engine's thread is awake.
     */
    private static final long EXPECT_AHEAD_NS = 200_000;

    private static final long CLOSE_WAIT_MS = 2_000;
    private static final System.Logger LOG = System.getLogger(SamplingLoop.class.getName());

    private final String threadName;
    private final TelemetrySource source;
    private final VmDirectory directory;
    private final long periodNs;
    private final SampleSection figures;
    private final Runnable pass = this::samplePass;
    private final EventWriter writer = this::write;
    private final AtomicLong failureCount = new AtomicLong();

    private volatile boolean running;
    private volatile boolean fresh;
    private @Nullable Thread thread;
    private @Nullable EventPublisher publisher;
    private @Nullable EngineClock clock;

    /**
     * A loop that does not run yet.
     *
     * @param threadName name of its thread
     * @param source where figures come from
     * @param directory whose arrivals and departures take turns with samples
     * @param periodNs engine time between samples
     */
    public SamplingLoop(
            String threadName, TelemetrySource source, VmDirectory directory, long periodNs) {
        this.threadName = threadName;
        this.source = source;
        this.directory = directory;
        this.periodNs = periodNs;
        this.figures = new Tick(directory.vmCountMax()).sample;
    }

    /** Starts the thread. Call once. */
    public synchronized void start(EventPublisher newPublisher, EngineClock newClock) {
        if (thread != null) {
            throw new IllegalStateException("the sampling loop was started already");
        }
        publisher = newPublisher;
        clock = newClock;
        running = true;
        thread = Thread.ofPlatform().daemon().name(threadName).start(this::run);
    }

    /** Asks for a sample at once, since the source has fresh figures. Any thread; never blocks. */
    public void wake() {
        if (!fresh) {
            fresh = true;
            LockSupport.unpark(thread);
        }
    }

    /** Passes in which the source or the publisher threw; each pass is tried anew. */
    public long failureCount() {
        return failureCount.get();
    }

    /** Ends the thread. Idempotent, returns within 2 seconds. */
    @Override
    public synchronized void close() {
        running = false;
        Thread ending = thread;
        if (ending == null) {
            return;
        }
        ending.interrupt();
        try {
            ending.join(CLOSE_WAIT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Wall time between two samples for a period of engine time. */
    static long wallPeriodNs(long periodNs, double speed) {
        return Math.max(WALL_PERIOD_NS_MIN, (long) (periodNs / speed));
    }

    private void run() {
        EngineClock engineClock = clock;
        if (engineClock == null) {
            return;
        }
        long wallPeriodNs = wallPeriodNs(periodNs, engineClock.speed());
        while (running) {
            long startNs = System.nanoTime();
            fresh = false;
            try {
                directory.inTurn(WALL_PERIOD_NS_MIN, pass);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                // One message for the first failure; a fault that lasts would fill the log.
                if (failureCount.getAndIncrement() == 0) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "a sample was lost; the next one is tried as usual",
                            e);
                }
            }
            rest(startNs, wallPeriodNs);
        }
    }

    /** Waits for the end of the period, or for fresh figures once the shortest period is over. */
    private void rest(long startNs, long wallPeriodNs) {
        boolean expected = false;
        while (running) {
            long elapsedNs = System.nanoTime() - startNs;
            long waitNs = (fresh ? WALL_PERIOD_NS_MIN : wallPeriodNs) - elapsedNs;
            if (waitNs <= 0) {
                return;
            }
            EventPublisher ring = publisher;
            if (waitNs > EXPECT_AHEAD_NS) {
                waitNs -= EXPECT_AHEAD_NS;
            } else if (!expected && ring != null) {
                ring.expect();
                expected = true;
            }
            LockSupport.parkNanos(this, waitNs);
        }
    }

    private void samplePass() {
        figures.clear();
        EventPublisher ring = publisher;
        // Figures are gathered before a slot of the ring is claimed: a claimed slot holds up the
        // events of all others.
        if (ring == null) {
            return;
        }
        ring.expect();
        if (source.latest(figures)) {
            ring.tryPublish(writer);
        }
    }

    private void write(Tick tick) {
        EngineClock engineClock = clock;
        tick.begin(EventKind.SAMPLE, engineClock == null ? 0 : engineClock.timeNs());
        tick.sample.copyFrom(figures);
    }
}
