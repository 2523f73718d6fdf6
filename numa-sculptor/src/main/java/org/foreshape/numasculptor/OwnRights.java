package org.foreshape.numasculptor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The capabilities of this process that count here.
 *
 * @param nice CAP_SYS_NICE: advice on another process's memory
 * @param ptrace CAP_SYS_PTRACE: another user's process
 */
record OwnRights(boolean nice, boolean ptrace) {
    private static final int CAP_SYS_PTRACE = 19;
    private static final int CAP_SYS_NICE = 23;
    private static final String EFFECTIVE = "CapEff:";

    /** Reads them; what cannot be read counts as absent. */
    static OwnRights read() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith(EFFECTIVE)) {
                    long bits =
                            Long.parseUnsignedLong(line.substring(EFFECTIVE.length()).trim(), 16);
                    return new OwnRights(
                            (bits & 1L << CAP_SYS_NICE) != 0, (bits & 1L << CAP_SYS_PTRACE) != 0);
                }
            }
            return new OwnRights(false, false);
        } catch (IOException e) {
            return new OwnRights(false, false);
        }
    }
}
