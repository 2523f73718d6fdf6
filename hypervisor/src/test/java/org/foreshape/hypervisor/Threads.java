package org.foreshape.hypervisor;

import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/** Tells which threads a test left behind. */
public final class Threads {
    private Threads() {}

    /** Platform threads that live now. */
    public static Set<Thread> alive() {
        return Thread.getAllStackTraces().keySet();
    }

    /** Those that live now, were not there before, and do not belong to the JVM itself. */
    public static Set<Thread> since(Set<Thread> before) {
        return alive().stream()
                .filter(thread -> !before.contains(thread))
                .filter(thread -> !thread.getName().startsWith("ForkJoinPool"))
                .filter(thread -> !thread.getName().startsWith("junit-"))
                .collect(Collectors.toSet());
    }

    /**
     * Those of {@link #since} that do not end by themselves: a thread that has told of its last
     * work is still there for a moment.
     */
    public static Set<Thread> left(Set<Thread> before) {
        Set<Thread> left = since(before);
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
        while (!left.isEmpty() && System.nanoTime() < endNs) {
            LockSupport.parkNanos(1_000_000);
            left = since(before);
        }
        return left;
    }
}
