package org.foreshape.hypervisor;

import java.util.Set;
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
}
