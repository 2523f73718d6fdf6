package org.foreshape.daemon.engine;

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
        try {
            ThreadPriority.set(NICE);
        } catch (NativeException e) {
            LOG.fine("the engine's thread has no priority over the guests': " + e.getMessage());
        }
    }

    /**
     * Tries it on a thread of its own.
     *
     * @return why it is not allowed, or null when it is
     */
    public static @Nullable String refusal() {
        String[] refusal = new String[1];
        Thread probe =
                Thread.ofPlatform()
                        .name("foreshape-priority-probe")
                        .start(() -> {
                            try {
                                ThreadPriority.set(NICE);
                            } catch (NativeException e) {
                                refusal[0] = String.valueOf(e.getMessage());
                            }
                        });
        try {
            probe.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted while it was tried";
        }
        return refusal[0];
    }
}
