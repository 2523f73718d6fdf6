package org.foreshape.ring;

import org.jspecify.annotations.Nullable;

/**
 * Whether acts may be carried out at all. The engine stops it by itself after a programming error
 * or a breach of an invariant, and goes on to watch, plan and journal. Any thread.
 */
public final class Enforcement {
    private volatile @Nullable String stoppedReason;

    /** Whether acts may be carried out. */
    public boolean isAllowed() {
        return stoppedReason == null;
    }

    /** Why acts are stopped, or null when they are not. */
    public @Nullable String stoppedReason() {
        return stoppedReason;
    }

    /** Stops all acts from the next event on. The first reason stays until {@link #allow}. */
    public synchronized void stop(String reason) {
        if (stoppedReason == null) {
            stoppedReason = reason;
        }
    }

    /** Allows acts again. */
    public synchronized void allow() {
        stoppedReason = null;
    }
}
