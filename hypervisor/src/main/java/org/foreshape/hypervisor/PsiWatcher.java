package org.foreshape.hypervisor;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.foreshape.nativebindings.NativeException;
import org.foreshape.nativebindings.linux.PressureTrigger;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.EventWriter;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.PressureSource;
import org.foreshape.ring.event.Tick;
import org.jspecify.annotations.Nullable;

/**
 * Publishes a pressure event when tasks of this host stalled on memory for too long within a
 * window. The event's value is the stall that the trigger was set to, in microseconds. An event
 * that finds the ring full is shed: the kernel tells again while the pressure lasts.
 *
 * <p>Where the kernel has no PSI or does not allow a trigger, the watcher does nothing and {@link
 * #unavailableReason} says why.
 *
 * @see <a href="https://docs.kernel.org/accounting/psi.html">PSI triggers</a>
 */
public final class PsiWatcher implements AutoCloseable {
    /** The memory pressure of the whole host. */
    public static final Path HOST_MEMORY = Path.of("/proc/pressure/memory");

    // Without CAP_SYS_RESOURCE the kernel takes only multiples of 2 s as a window.
    private static final long WINDOW_US = 2_000_000;
    private static final int WAIT_MS = 500;
    private static final long CLOSE_WAIT_MS = 1_500;

    private final Path file;
    private final long stallUs;
    private final AtomicReference<@Nullable String> unavailable =
            new AtomicReference<>("the watcher was not started");
    private final EventWriter writer = this::write;
    private volatile boolean running;
    private @Nullable PressureTrigger trigger;
    private @Nullable Thread thread;
    private @Nullable EngineClock clock;

    /**
     * A watcher that does not run yet.
     *
     * @param file {@link #HOST_MEMORY}, or a cgroup's memory.pressure
     * @param stallUs stalled time within 2 s that raises an event, in microseconds, at most 2 s
     */
    public PsiWatcher(Path file, long stallUs) {
        this.file = file;
        this.stallUs = stallUs;
    }

    /** Starts to watch, if this machine allows it. Call once. */
    public synchronized void start(EventPublisher publisher, EngineClock newClock) {
        if (thread != null) {
            throw new IllegalStateException("the pressure watcher was started already");
        }
        clock = newClock;
        try {
            PressureTrigger armed =
                    PressureTrigger.open(file, PressureTrigger.Kind.SOME, stallUs, WINDOW_US);
            trigger = armed;
            unavailable.set(null);
            running = true;
            thread =
                    Thread.ofPlatform()
                            .daemon()
                            .name("pressure-watcher")
                            .start(() -> watch(armed, publisher));
        } catch (NativeException e) {
            unavailable.set("memory pressure cannot be watched: " + e.getMessage());
        }
    }

    /** Why nothing is watched; null while it is. */
    public @Nullable String unavailableReason() {
        return unavailable.get();
    }

    /** Stops to watch. Idempotent, returns within 2 seconds. */
    @Override
    public synchronized void close() {
        running = false;
        unavailable.compareAndSet(null, "the watcher was closed");
        Thread ending = thread;
        PressureTrigger armed = trigger;
        if (ending == null || armed == null) {
            return;
        }
        try {
            ending.join(CLOSE_WAIT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        armed.close();
    }

    private void watch(PressureTrigger armed, EventPublisher publisher) {
        while (running) {
            try {
                if (armed.await(WAIT_MS)) {
                    publisher.tryPublish(writer);
                }
            } catch (NativeException e) {
                unavailable.set("memory pressure is no longer watched: " + e.getMessage());
                return;
            }
        }
    }

    private void write(Tick tick) {
        EngineClock engineClock = clock;
        tick.begin(EventKind.PRESSURE, engineClock == null ? 0 : engineClock.timeNs());
        tick.pressure.source = PressureSource.PSI_MEMORY_SOME;
        tick.pressure.vmSlot = -1;
        tick.pressure.value = stallUs;
    }
}
