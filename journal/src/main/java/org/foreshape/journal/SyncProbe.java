package org.foreshape.journal;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.openhft.chronicle.bytes.MappedBytes;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether a sync really writes out what was stored through a mapping, as the journal's
 * records are: the kernel tells for each mapping how much of it is dirty.
 *
 * @see <a href="https://man7.org/linux/man-pages/man5/proc_pid_smaps.5.html">proc_pid_smaps(5)</a>
 */
final class SyncProbe {
    private static final int PAGE_BYTES = 4096;
    private static final Path SMAPS = Path.of("/proc/self/smaps");

    private SyncProbe() {}

    /**
     * Stores into a file of its own in the directory, syncs it and looks; removes the file.
     *
     * @param directory the journal's, as a real path
     * @return why nothing there is durable; null when it is, or when the kernel does not tell
     * @throws IOException the directory cannot be written, or the sync failed
     */
    static @Nullable String fault(Path directory) throws IOException {
        File file = directory.resolve("sync-probe-" + ProcessHandle.current().pid()).toFile();
        try (FileSync sync = new FileSync()) {
            MappedBytes bytes = MappedBytes.mappedBytes(file, 16L * PAGE_BYTES);
            try {
                bytes.writeLong(0, System.nanoTime());
                long beforeKib = dirtyKib(file.toPath());
                sync.force(file);
                return beforeKib > 0 && dirtyKib(file.toPath()) > 0
                        ? "the file system of "
                                + directory
                                + " ("
                                + Files.getFileStore(directory).type()
                                + ") keeps in memory what is synced: nothing of the journal"
                                + " survives a loss of power; put it on a disk"
                        : null;
            } finally {
                bytes.releaseLast();
            }
        } finally {
            Files.deleteIfExists(file.toPath());
        }
    }

    /** How much of this process's mappings of a file is dirty; 0 where it cannot be told. */
    static long dirtyKib(Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(SMAPS);
        } catch (IOException e) {
            return 0;
        }
        String name = file.toString();
        boolean ours = false;
        long sumKib = 0;
        for (String line : lines) {
            boolean field = line.length() > 1 && Character.isUpperCase(line.charAt(0));
            if (!field) {
                ours = line.endsWith(name);
            } else if (ours
                    && (line.startsWith("Shared_Dirty:") || line.startsWith("Private_Dirty:"))) {
                sumKib += Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        return sumKib;
    }
}
