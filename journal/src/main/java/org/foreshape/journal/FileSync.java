package org.foreshape.journal;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Makes a journal's file durable by fdatasync(2). On Linux that writes out what was stored through
 * any shared mapping of the file too, and unlike Chronicle's msync it needs no library that might
 * silently be absent. Not thread-safe: each thread has its own.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/fdatasync.2.html">fdatasync(2)</a>
 */
final class FileSync implements AutoCloseable {
    private @Nullable File file;
    private @Nullable FileChannel channel;

    /**
     * Returns when all that was written to the file before is on the disk. For a file that was not
     * synced before its name is made durable too.
     *
     * @throws IOException the disk refused
     */
    void force(File toSync) throws IOException {
        FileChannel open = channel;
        if (open == null || !toSync.equals(file)) {
            close();
            open = FileChannel.open(toSync.toPath(), StandardOpenOption.WRITE);
            channel = open;
            file = toSync;
            forceName(toSync.toPath());
        }
        open.force(false);
    }

    /** Makes the name of a file durable. */
    static void forceName(Path named) throws IOException {
        try (FileChannel folder =
                FileChannel.open(named.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        FileChannel open = channel;
        channel = null;
        file = null;
        if (open != null) {
            open.close();
        }
    }
}
