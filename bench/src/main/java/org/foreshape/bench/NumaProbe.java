package org.foreshape.bench;

import java.io.IOException;
import java.nio.file.Path;
import org.foreshape.numasculptor.RamRange;

/** A run of {@code bench/src/main/c/numa_probe.c}: a process with memory, or the C loop. */
record NumaProbe(CProgram program) implements AutoCloseable {
    /**
     * Compiles it; see {@link CProgram#compile}. Static: a machine without libraries runs it too.
     */
    static Path compile(Path folder) throws IOException, InterruptedException {
        return CProgram.compile(folder, "bench/src/main/c/numa_probe.c", "-O2", "-Wall", "-static");
    }

    static NumaProbe start(Path binary, String... arguments) throws IOException {
        return new NumaProbe(CProgram.start(binary, arguments));
    }

    int pid() {
        return program.pid();
    }

    /** The memory of a process that holds some; asked once. */
    RamRange held() throws IOException {
        String[] words = program.line().split("[ =]", -1);
        long start = Long.parseLong(words[4], 16);
        return new RamRange(start, start + Long.parseLong(words[6]), 0, true);
    }

    /** One round of the C loop: nanoseconds a page. */
    double askNsPerPage() throws IOException {
        String[] words = program.ask("go").split("[ =]", -1);
        return (double) Long.parseLong(words[1]) / Long.parseLong(words[3]);
    }

    @Override
    public void close() throws IOException {
        program.close();
    }
}
