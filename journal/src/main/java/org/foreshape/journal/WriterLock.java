package org.foreshape.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes sure that a journal has one writer, and one that prunes it: a lock on a file of its
 * directory, which the kernel drops when the process dies.
 */
final class WriterLock implements AutoCloseable {
    private static final String WRITER_FILE = "writer.lock";
    private static final String PRUNER_FILE = "pruner.lock";

    // A POSIX lock belongs to the process and is lost as soon as the process closes any descriptor
    // of the file (fcntl_locking(2)). So a second writer of this process must be refused before
    // it opens the file.
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;
    private boolean closed;

    private WriterLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Takes the lock.
     *
     * @param directory an existing directory, as a real path
     * @throws JournalException when another writer has it
     * @throws IOException when the file cannot be made
     */
    static WriterLock take(Path directory) throws IOException {
        return take(directory, directory.resolve(WRITER_FILE), "written");
    }

    /** The same for who removes old files, which may go on beside the writer. */
    static WriterLock takeForPruning(Path directory) throws IOException {
        return take(directory, directory.resolve(PRUNER_FILE), "pruned");
    }

    private static WriterLock take(Path directory, Path file, String what) throws IOException {
        if (!HELD.add(file)) {
            throw refused(directory, what, Long.toString(ProcessHandle.current().pid()));
        }
        FileChannel channel = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw refused(directory, what, Files.readString(file).strip());
            }
            byte[] pid = (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII);
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(pid), 0);
            return new WriterLock(file, channel);
        } catch (IOException | RuntimeException e) {
            HELD.remove(file);
            closeQuietly(channel, e);
            throw e;
        }
    }

    private static void closeQuietly(@Nullable FileChannel channel, Exception cause) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    private static JournalException refused(Path directory, String what, String pid) {
        return new JournalException(
                "journal "
                        + directory
                        + " is being "
                        + what
                        + " by process "
                        + pid
                        + "; stop that one first, or use another journal directory");
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            try {
                channel.close();
            } finally {
                HELD.remove(file);
            }
        }
    }
}
