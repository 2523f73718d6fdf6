package org.foreshape.prefault.warm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/** MemAvailable of {@code /proc/meminfo}. */
final class HostMemory implements LongSupplier {
    private static final Path MEMINFO = Path.of("/proc/meminfo");
    private static final int BYTES_PER_KIB = 1024;

    /** Bytes; 0 where the kernel does not tell, so that nothing is loaded in doubt. */
    @Override
    public long getAsLong() {
        try {
            for (String line : Files.readAllLines(MEMINFO)) {
                if (line.startsWith("MemAvailable:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) * BYTES_PER_KIB;
                }
            }
            return 0;
        } catch (IOException e) {
            return 0;
        }
    }
}
