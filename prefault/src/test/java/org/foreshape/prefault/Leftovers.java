package org.foreshape.prefault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What this process holds: descriptors, mappings of memory files, threads and children.
 *
 * @param descriptors open ones, with what they lead to; the class path's are opened as it likes
 * @param mappings those of memory files; the JVM's own heap and code come and go as it likes
 * @param threads those that are not the JVM's or the test runner's
 * @param children processes
 */
record Leftovers(List<String> descriptors, long mappings, Set<Thread> threads, long children) {

    /** The files by which this very list is read. */
    private static final String OWN = "/proc/" + ProcessHandle.current().pid() + "/";

    private static final int TRIES = 100;
    private static final long TRY_NS = 50_000_000;

    static Leftovers now() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"));
                Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return new Leftovers(
                    files.map(Leftovers::target)
                            .filter(name -> !name.isEmpty() && !name.endsWith(".jar"))
                            .filter(name -> !name.endsWith(OWN + "fd"))
                            .filter(name -> !name.endsWith(OWN + "maps"))
                            .toList(),
                    maps.filter(line -> line.contains("memfd") || line.contains("pagemap")).count(),
                    threadsNow(),
                    ProcessHandle.current().children().count());
        }
    }

    /**
     * Nothing is there that was not there before. The JDK closes the pipes of a child that has
     * ended a moment later, on a thread of its own, and is given some seconds for it; those of an
     * earlier test's child may have been counted before.
     */
    void assertSameNow() throws IOException {
        Leftovers now = now();
        for (int i = 0; i < TRIES && !descriptors.containsAll(now.descriptors); i++) {
            LockSupport.parkNanos(TRY_NS);
            now = now();
        }
        assertThat(now.descriptors).as("descriptors").isSubsetOf(descriptors);
        assertThat(now.mappings).as("mappings").isLessThanOrEqualTo(mappings);
        assertThat(now.children).as("children").isLessThanOrEqualTo(children);
        assertThat(threads).as("threads").containsAll(now.threads);
    }

    /** Empty for a descriptor that is closed meanwhile. */
    private static String target(Path descriptor) {
        try {
            return descriptor.getFileName() + " -> " + Files.readSymbolicLink(descriptor);
        } catch (IOException e) {
            return "";
        }
    }

    private static Set<Thread> threadsNow() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !thread.getName().startsWith("ForkJoinPool"))
                .filter(thread -> !thread.getName().startsWith("junit-"))
                // The JDK's own, which collects children and is kept for a minute.
                .filter(thread -> !thread.getName().startsWith("process reaper"))
                .collect(Collectors.toSet());
    }
}
