package org.foreshape.prefault;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** When a process started: with its number its identity until the host reboots. */
final class ProcessStart {
    /** Of the fields after the command's name, which begin with field 3, this is field 22. */
    private static final int START = 22 - 3;

    private static final int MEMORY_BYTES = 23 - 3;

    private ProcessStart() {}

    /**
     * Ticks since boot.
     *
     * @throws IOException there is no such process
     */
    static long ticks(int pid) throws IOException {
        return Long.parseLong(fields(pid)[START]);
    }

    /**
     * Whether the process still has memory: one that is ending is rid of it before it is a zombie,
     * and its maps and smaps are empty from then on.
     *
     * @throws IOException there is no such process
     */
    static boolean isThere(int pid, long startTicks) throws IOException {
        String[] fields = fields(pid);
        return Long.parseLong(fields[START]) == startTicks && !fields[MEMORY_BYTES].equals("0");
    }

    private static String[] fields(int pid) throws IOException {
        String stat =
                Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
        // The command's name stands in brackets and may hold spaces and brackets itself.
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    }
}
