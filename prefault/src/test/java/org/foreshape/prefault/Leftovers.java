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
 * @param descriptors open ones, with what they lead to
 * @param mappings those of memory files; the JVM's own heap and code come and go as it likes
 * @param threads those that are not the JVM's or the test runner's
 * @param children processes
 */
record Leftovers(List<String> descriptors, long mappings, Set<Thread> threads, long children) {

    private static final int TRIES = 100;
    private static final long TRY_NS = 50_000_000;

    static Leftovers now() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"));
                Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return new Leftovers(
                    files.map(Leftovers::target).filter(name -> !name.isEmpty()).toList(),
                    maps.filter(line -> line.contains("memfd") || line.contains("pagemap")).count(),
                    threadsNow(),
                    ProcessHandle.current().children().count());
        }
    }

    /**
     * The counts are those of before. The JDK closes the pipes of a child that has ended a moment
     * later, on a thread of its own, and is given some seconds for it.
     */
    void assertSameNow() throws IOException {
        Leftovers now = now();
        for (int i = 0; i < TRIES && now.descriptors.size() > descriptors.size(); i++) {
            LockSupport.parkNanos(TRY_NS);
            now = now();
        }
        assertThat(now.descriptors).as("descriptors").hasSameSizeAs(descriptors);
        assertThat(now.mappings).as("mappings").isEqualTo(mappings);
        assertThat(now.children).as("children").isEqualTo(children);
        assertThat(threads).as("threads").containsAll(now.threads);
    }

    /** Empty for the descriptor by which this very list is read. */
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
