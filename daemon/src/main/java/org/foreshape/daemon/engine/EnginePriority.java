package org.foreshape.daemon.engine;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.logging.Logger;
import org.foreshape.nativebindings.NativeException;
import org.foreshape.nativebindings.linux.ThreadPriority;
import org.jspecify.annotations.Nullable;

/**
 * Lets the engine's threads go before those of the guests: a host is busiest when a decision is
 * wanted most, and an engine that waits for a processor then has all guests wait. They sleep nearly
 * always, so nobody is held up by it.
 */
public final class EnginePriority {
    private static final Logger LOG = Logger.getLogger(EnginePriority.class.getName());

    /** Before everything of a usual host, behind what runs in real time. */
    static final int NICE = -15;

    private EnginePriority() {}

    /** Raises the calling thread where that is allowed; else it stays as it is. */
    static void raise() {
        String refusal = refused();
        if (refusal != null) {
            LOG.fine("the engine's thread has no priority over the guests': " + refusal);
        }
    }

    private static @Nullable String refused() {
        try {
            ThreadPriority.set(NICE);
            return null;
        } catch (NativeException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /**
     * Tries it on a thread of its own.
     *
     * @return why it is not allowed, or null when it is
     */
    public static @Nullable String refusal() {
        FutureTask<@Nullable String> attempt = new FutureTask<>(EnginePriority::refused);
        Thread.ofPlatform().name("foreshape-priority-probe").start(attempt);
        try {
            return attempt.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted while it was tried";
        } catch (ExecutionException e) {
            return String.valueOf(e.getCause());
        }
    }
}
