package org.foreshape.ring;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The engine's counts. Any thread may add and read; a read sees every count that happened before an
 * event it has seen.
 */
public final class Counters {
    // One count per 128 bytes (two cache lines, since x86 prefetches lines in pairs), so that
    // threads that count different things do not take the line from each other.
    private static final int STRIDE = 16;

    private final AtomicLongArray values =
            new AtomicLongArray((Counter.values().length + 1) * STRIDE);

    /** Adds one. */
    public void increment(Counter counter) {
        add(counter, 1);
    }

    /** Adds an amount. */
    public void add(Counter counter, long amount) {
        values.getAndAdd((counter.ordinal() + 1) * STRIDE, amount);
    }

    /** The present count. */
    public long get(Counter counter) {
        return values.get((counter.ordinal() + 1) * STRIDE);
    }
}
