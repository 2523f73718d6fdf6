package org.foreshape.prefault;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The host's free memory, from {@code /proc/meminfo}; reading again does not allocate. */
final class HostMemory implements AutoCloseable {
    private static final byte[] AVAILABLE = "MemAvailable:".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] POOL_FREE = "HugePages_Free:".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] POOL_PAGE = "Hugepagesize:".getBytes(StandardCharsets.US_ASCII);
    private static final int BYTES_MAX = 8000;

    private final RandomAccessFile file;
    private final byte[] text = new byte[BYTES_MAX];
    private int length;

    private HostMemory(RandomAccessFile file) {
        this.file = file;
    }

    /**
     * Opens the host's figures.
     *
     * @throws IOException there is no /proc
     */
    static HostMemory open() throws IOException {
        HostMemory memory = new HostMemory(new RandomAccessFile("/proc/meminfo", "r"));
        try {
            memory.refresh();
            return memory;
        } catch (IOException e) {
            memory.close();
            throw e;
        }
    }

    /** Reads the figures anew. */
    void refresh() throws IOException {
        file.seek(0);
        length = Math.max(0, file.read(text));
    }

    /** What the host can give without swapping, bytes. */
    long availableBytes() {
        return value(AVAILABLE) * 1024;
    }

    /** What is free in the pool of huge pages of the default size, bytes. */
    long poolFreeBytes() {
        return value(POOL_FREE) * value(POOL_PAGE) * 1024;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private long value(byte[] name) {
        for (int at = 0; at + name.length < length; at = nextLine(at)) {
            if (Arrays.equals(text, at, at + name.length, name, 0, name.length)) {
                long value = 0;
                for (int i = at + name.length; i < length && text[i] != '\n'; i++) {
                    if (text[i] >= '0' && text[i] <= '9') {
                        value = value * 10 + text[i] - '0';
                    }
                }
                return value;
            }
        }
        return 0;
    }

    private int nextLine(int from) {
        int at = from;
        while (at < length && text[at] != '\n') {
            at++;
        }
        return at + 1;
    }
}
