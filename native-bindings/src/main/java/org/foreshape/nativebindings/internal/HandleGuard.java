package org.foreshape.nativebindings.internal;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets several threads use one native handle and any of them close it.
 *
 * <p>A handle freed under a running call is a crash, or worse, a call on whatever took its number
 * next. So each call takes a lease, and the handle is freed by {@link #close} or by the last
 * release after it, exactly once. Nothing here blocks or allocates.
 */
public final class HandleGuard {
    /** Set in {@link #state} once closed; the bits below count the leases. */
    private static final int CLOSED = 1 << 30;

    private final String name;
    private final Runnable free;
    private final AtomicInteger state = new AtomicInteger();

    /**
     * Stores what to free.
     *
     * @param name what the handle is called in error messages
     * @param free frees the handle; called at most once, by whichever thread lets go last
     */
    public HandleGuard(String name, Runnable free) {
        this.name = name;
        this.free = free;
    }

    /** Takes a lease; throws {@link IllegalStateException} when the handle is closed. */
    public void acquire() {
        if (!tryAcquire()) {
            throw new IllegalStateException(name + " is closed");
        }
    }

    /**
     * Takes a lease unless the handle is closed.
     *
     * @return whether a lease was taken
     */
    public boolean tryAcquire() {
        int now = state.get();
        while ((now & CLOSED) == 0) {
            if (state.compareAndSet(now, now + 1)) {
                return true;
            }
            now = state.get();
        }
        return false;
    }

    /** Gives a lease back. Frees the handle when it is closed and this was the last lease. */
    public void release() {
        int after = state.decrementAndGet();
        if (after == CLOSED) {
            free.run();
        }
    }

    /**
     * Closes the handle: no new lease is given, and it is freed once the last one is back.
     * Idempotent.
     */
    public void close() {
        int before = state.getAndUpdate(now -> now | CLOSED);
        if (before == 0) {
            free.run();
        }
    }

    /**
     * Whether {@link #close} was called.
     *
     * @return true from the first close on
     */
    public boolean isClosed() {
        return (state.get() & CLOSED) != 0;
    }
}
