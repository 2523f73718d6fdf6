package org.foreshape.ring;

import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.ExceptionHandler;
import com.lmax.disruptor.InsufficientCapacityException;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.TimeoutException;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.EventHandlerGroup;
import com.lmax.disruptor.dsl.ProducerType;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.foreshape.ring.RingSettings.Assembly;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;

/**
 * The one ring: every event enters here and goes through the {@link Pipeline} on the engine's own
 * thread (or threads, when staged).
 *
 * <p>An idle engine sleeps and uses next to no CPU; a sample that is announced finds it awake
 * ({@link AwakeBeforehand}).
 */
public final class EngineRing implements EventPublisher, AutoCloseable {
    private static final long PUBLISH_LIMIT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long PUBLISH_RETRY_NS = TimeUnit.MICROSECONDS.toNanos(50);
    private static final long DRAIN_LIMIT_MS = 1_500;

    private final Disruptor<Tick> disruptor;
    private final RingBuffer<Tick> ring;
    private final Pipeline pipeline;
    private final AwakeBeforehand waiting;
    private final Counters counters;
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final CountDownLatch started;
    private final Runnable firstOfAll;
    private boolean closed;

    /**
     * Builds the ring; {@link #start} starts it.
     *
     * @param firstOfAll called on each of its threads before the first event; must not fail
     */
    public EngineRing(
            RingSettings settings,
            Pipeline pipeline,
            Counters counters,
            DistinctErrors errors,
            Enforcement enforcement,
            Runnable firstOfAll) {
        this.firstOfAll = firstOfAll;
        this.counters = counters;
        this.pipeline = pipeline;
        this.waiting = new AwakeBeforehand(meanwhile(settings, pipeline));
        this.disruptor =
                new Disruptor<>(
                        () -> new Tick(settings.vmCountMax()),
                        settings.slotCount(),
                        this::newThread,
                        ProducerType.MULTI,
                        waiting);
        disruptor.setDefaultExceptionHandler(new KeepRunning(errors, enforcement));
        EventHandler<Tick>[] handlers = handlers(settings.assembly(), pipeline);
        this.started = new CountDownLatch(handlers.length);
        EventHandlerGroup<Tick> chain = disruptor.handleEventsWith(signalling(handlers[0], true));
        for (int i = 1; i < handlers.length; i++) {
            chain = chain.then(signalling(handlers[i], false));
        }
        this.ring = disruptor.getRingBuffer();
    }

    /** What the engine does in wait of a sample; stages on threads of their own do nothing. */
    private static Runnable meanwhile(RingSettings settings, Pipeline pipeline) {
        if (settings.assembly() != Assembly.FUSED) {
            return () -> {};
        }
        Tick scratch = new Tick(settings.vmCountMax());
        return () -> pipeline.rehearse(scratch);
    }

    @SuppressWarnings({
        "unchecked",
        "rawtypes"
    }) // An array of a generic interface has no other way.
    private static EventHandler<Tick>[] handlers(Assembly assembly, Pipeline pipeline) {
        return switch (assembly) {
            case FUSED ->
                    new EventHandler[] {
                        (EventHandler<Tick>)
                                (tick, sequence, endOfBatch) -> {
                                    tick.sequence = sequence;
                                    pipeline.onEvent(tick, endOfBatch);
                                    tick.clearDecision();
                                }
                    };
            case STAGED ->
                    new EventHandler[] {
                        (EventHandler<Tick>)
                                (tick, sequence, endOfBatch) -> {
                                    tick.sequence = sequence;
                                    pipeline.observeAndForecast(tick);
                                    pipeline.account(tick);
                                },
                        (EventHandler<Tick>)
                                (tick, sequence, end) -> {
                                    pipeline.shape(tick);
                                    pipeline.accountShape(tick);
                                },
                        (EventHandler<Tick>) (tick, sequence, end) -> pipeline.record(tick, end),
                        (EventHandler<Tick>)
                                (tick, sequence, end) -> {
                                    pipeline.dispatchAndLearn(tick);
                                    tick.clearDecision();
                                }
                    };
        };
    }

    private EventHandler<Tick> signalling(EventHandler<Tick> handler, boolean first) {
        return new EventHandler<>() {
            @Override
            public void onEvent(Tick tick, long sequence, boolean endOfBatch) throws Exception {
                if (first && tick.kind == EventKind.SAMPLE) {
                    waiting.met();
                }
                handler.onEvent(tick, sequence, endOfBatch);
            }

            @Override
            public void onStart() {
                firstOfAll.run();
                started.countDown();
            }
        };
    }

    /**
     * Starts the engine's thread or threads and waits until they run. Call once.
     *
     * <p>The wait is needed: the library counts a consumer that does not run yet as one without a
     * backlog, and a close right after the start would lose events.
     */
    public void start() {
        disruptor.start();
        try {
            if (!started.await(PUBLISH_LIMIT_NS, TimeUnit.NANOSECONDS)) {
                throw new IllegalStateException("the engine's threads did not start within 10 s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void expect() {
        waiting.expect();
    }

    @Override
    public boolean tryPublish(EventWriter writer) {
        if (!pipeline.hasRoom()) {
            counters.increment(Counter.SAMPLES_UNRECORDED);
            return false;
        }
        long sequence;
        try {
            sequence = ring.tryNext();
        } catch (InsufficientCapacityException full) {
            // Preallocated and without a trace: shedding costs nothing.
            counters.increment(Counter.SAMPLES_DROPPED);
            return false;
        }
        fillAndPublish(sequence, writer);
        return true;
    }

    @Override
    public void publish(EventWriter writer) {
        claimAndPublish(writer);
    }

    @Override
    public boolean publishRecorded(EventWriter writer) {
        long sequence = claimAndPublish(writer);
        long startNs = System.nanoTime();
        while (ring.getMinimumGatingSequence() < sequence) {
            long waitedNs = System.nanoTime() - startNs;
            if (waitedNs > PUBLISH_LIMIT_NS) {
                throw new RingFullException(waitedNs);
            }
            LockSupport.parkNanos(PUBLISH_RETRY_NS);
        }
        Tick tick = ring.get(sequence);
        // Another event in the slot by now says that a whole ring of them went through since.
        return tick.sequence != sequence || tick.recorded;
    }

    private long claimAndPublish(EventWriter writer) {
        long startNs = System.nanoTime();
        while (true) {
            try {
                long sequence = ring.tryNext();
                fillAndPublish(sequence, writer);
                return sequence;
            } catch (InsufficientCapacityException full) {
                long waitedNs = System.nanoTime() - startNs;
                if (waitedNs > PUBLISH_LIMIT_NS) {
                    throw new RingFullException(waitedNs);
                }
                LockSupport.parkNanos(PUBLISH_RETRY_NS);
            }
        }
    }

    private void fillAndPublish(long sequence, EventWriter writer) {
        Tick tick = ring.get(sequence);
        boolean filled = false;
        try {
            writer.write(tick);
            filled = true;
        } finally {
            // A claimed slot must be published whatever happens, or the ring stands still for ever.
            if (!filled) {
                tick.begin(EventKind.PRESSURE, 0);
                tick.valid = false;
            }
            tick.publishedNanoTime = System.nanoTime();
            ring.publish(sequence);
        }
    }

    /** The engine's threads, in the order of their stages; one when fused. */
    public List<Thread> threads() {
        return List.copyOf(threads);
    }

    /** Events that are published and not yet through all stages, at most. */
    public long backlogCount() {
        return ring.getBufferSize() - ring.remainingCapacity();
    }

    /**
     * Lets the stages finish what is published, then ends the threads; what is published later is
     * lost. Takes at most about 1.5 seconds, unless a stage itself never returns. Idempotent.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            disruptor.shutdown(DRAIN_LIMIT_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            disruptor.halt();
        }
        for (Thread thread : threads) {
            try {
                thread.join(DRAIN_LIMIT_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private Thread newThread(Runnable work) {
        Thread thread = new Thread(work, "foreshape-engine-" + threads.size());
        thread.setDaemon(true);
        threads.add(thread);
        return thread;
    }

    /**
     * The library's own handler ends the consumer at the first exception, and producers then wait
     * for ever. Stages already keep their exceptions in the {@link Pipeline}; what arrives here is
     * an Error, and the engine goes on to watch but no longer acts.
     */
    private record KeepRunning(DistinctErrors errors, Enforcement enforcement)
            implements ExceptionHandler<Tick> {
        @Override
        public void handleEventException(Throwable error, long sequence, Tick tick) {
            enforcement.stop("the engine failed: " + error);
            errors.record("engine", error);
        }

        @Override
        public void handleOnStartException(Throwable error) {
            errors.record("engine start", error);
        }

        @Override
        public void handleOnShutdownException(Throwable error) {
            errors.record("engine shutdown", error);
        }
    }
}
