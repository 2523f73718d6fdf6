package org.foreshape.prefault;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A global switch of the kernel that is set aside for a moment and always put back: by this object,
 * by its keeper process when this process is killed meanwhile, even with SIGKILL. Holds of all
 * switches exclude each other, within this process and between processes that use this class. Any
 * thread.
 */
final class HugePageSwitch implements AutoCloseable {
    /** What is done while the switch is aside. Keep it short: the whole host sees the switch. */
    interface Held {
        /** Does it. */
        void run() throws IOException;
    }

    /** The switches are the host's, so there is one lock for all. */
    private static final ReentrantLock LOCK = new ReentrantLock();

    private static final int TEXT_BYTES_MAX = 256;

    private final Path file;
    private final String aside;
    private final SwitchKeeper keeper;

    /**
     * Stores what to switch.
     *
     * @param file the switch: holds one word, or several with the chosen one in brackets
     * @param aside the value while it is held
     */
    HugePageSwitch(Path file, String aside) {
        this.file = file;
        this.aside = aside;
        this.keeper = new SwitchKeeper(file);
    }

    /**
     * Sets the switch aside, runs, and puts it back.
     *
     * @throws IOException the switch or its keeper failed, or what was run did. When the switch
     *     could not be put back the keeper is told to
     */
    void during(Held held) throws IOException {
        LOCK.lock();
        // One descriptor for reading, writing and the lock: closing a second one of the same file
        // would release the lock.
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw");
                FileLock lock = open.getChannel().lock()) {
            String old = HostFacts.chosen(read(open));
            if (!lock.isValid() || old.isEmpty()) {
                throw new IOException("the switch " + file + " cannot be read or locked");
            }
            if (old.equals(aside)) {
                held.run();
                return;
            }
            keeper.arm(old);
            try {
                write(open, aside);
                held.run();
            } finally {
                putBack(open, old);
            }
        } finally {
            LOCK.unlock();
        }
    }

    /** The keeper, for tests. */
    SwitchKeeper keeper() {
        return keeper;
    }

    /** Ends the keeper, after a hold that is under way. Idempotent. */
    @Override
    public void close() {
        LOCK.lock();
        try {
            keeper.close();
        } finally {
            LOCK.unlock();
        }
    }

    private void putBack(RandomAccessFile open, String old) throws IOException {
        try {
            write(open, old);
        } catch (IOException e) {
            // Still armed: its end is what makes the keeper write.
            keeper.close();
            throw e;
        }
        keeper.disarm();
    }

    private static String read(RandomAccessFile open) throws IOException {
        byte[] text = new byte[TEXT_BYTES_MAX];
        open.seek(0);
        int length = open.read(text);
        return new String(text, 0, Math.max(0, length), StandardCharsets.US_ASCII);
    }

    private static void write(RandomAccessFile open, String value) throws IOException {
        open.seek(0);
        open.write(value.getBytes(StandardCharsets.US_ASCII));
    }
}
