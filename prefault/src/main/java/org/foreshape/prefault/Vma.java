package org.foreshape.prefault;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.foreshape.nativebindings.linux.SharedFile;
import org.jspecify.annotations.Nullable;

/**
 * One line of {@code /proc/PID/maps}.
 *
 * <pre>7f1c00000000-7f1c40000000 rw-s 00000000 00:01 2078   /memfd:memory-backend-memfd (deleted)
 * </pre>
 */
record Vma(
        long start,
        long end,
        String permissions,
        long offsetBytes,
        long device,
        long inode,
        String name) {
    private static final int COLUMNS = 6;

    /**
     * Reads the mappings of a process; none when it has just ended.
     *
     * @throws IOException it is gone, or may not be looked at
     */
    static List<Vma> of(int pid) throws IOException {
        List<Vma> all = new ArrayList<>();
        for (String line :
                Files.readAllLines(
                        Path.of("/proc/" + pid + "/maps"), StandardCharsets.ISO_8859_1)) {
            Vma vma = parse(line);
            if (vma != null) {
                all.add(vma);
            }
        }
        return all;
    }

    /** Null for a line that is no mapping. */
    static @Nullable Vma parse(String line) {
        String[] column = line.split(" +", COLUMNS);
        int dash = column[0].indexOf('-');
        if (column.length < COLUMNS - 1 || dash <= 0) {
            return null;
        }
        int colon = column[3].indexOf(':');
        return new Vma(
                Long.parseUnsignedLong(column[0], 0, dash, 16),
                Long.parseUnsignedLong(column[0], dash + 1, column[0].length(), 16),
                column[1],
                Long.parseUnsignedLong(column[2], 16),
                SharedFile.deviceOf(
                        Integer.parseInt(column[3], 0, colon, 16),
                        Integer.parseInt(column[3], colon + 1, column[3].length(), 16)),
                Long.parseLong(column[4]),
                column.length < COLUMNS ? "" : column[5]);
    }

    long sizeBytes() {
        return end - start;
    }

    boolean isShared() {
        return permissions.endsWith("s");
    }

    boolean isWritable() {
        return permissions.startsWith("rw");
    }

    boolean isExecutable() {
        return permissions.indexOf('x') >= 0;
    }

    boolean isAnonymous() {
        return inode == 0 && name.isEmpty();
    }

    boolean contains(long address) {
        return start <= address && address < end;
    }
}
