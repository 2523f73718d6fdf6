package org.foreshape.hypervisor;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The head of one file of /proc, read again and again into one buffer and searched without garbage.
 * One thread at a time.
 */
final class ProcFile implements AutoCloseable {
    /** What the search methods answer when there is no such number. */
    static final long ABSENT = -1;

    private final RandomAccessFile file;
    private final byte[] buffer;
    private int lengthBytes;

    /**
     * Opens the file.
     *
     * @param headBytesMax how much of it to read, at most 8192: above, the JDK copies through a
     *     buffer that it allocates each time
     */
    ProcFile(Path path, int headBytesMax) throws IOException {
        this.file = new RandomAccessFile(path.toFile(), "r");
        this.buffer = new byte[headBytesMax];
    }

    /** Reads the file from its start. */
    void read() throws IOException {
        lengthBytes = 0;
        file.seek(0);
        while (lengthBytes < buffer.length) {
            int got = file.read(buffer, lengthBytes, buffer.length - lengthBytes);
            if (got <= 0) {
                return;
            }
            lengthBytes += got;
        }
    }

    /** Where the text ends that stands first at or after a position, or ABSENT as an int. */
    int after(byte[] text, int from) {
        for (int start = from; start + text.length <= lengthBytes; start++) {
            int matched = 0;
            while (matched < text.length && buffer[start + matched] == text[matched]) {
                matched++;
            }
            if (matched == text.length) {
                return start + matched;
            }
        }
        return (int) ABSENT;
    }

    /** Where the last such byte stands, or ABSENT as an int. */
    int lastIndexOf(char wanted) {
        int index = lengthBytes - 1;
        while (index >= 0 && buffer[index] != wanted) {
            index--;
        }
        return index;
    }

    /**
     * The unsigned number that is the {@code index}-th word (from 0) after a position, ABSENT when
     * that word is no number.
     */
    long number(int from, int index) {
        if (from < 0) {
            return ABSENT;
        }
        int position = skipSpaces(from);
        for (int skipped = 0; skipped < index; skipped++) {
            while (position < lengthBytes && buffer[position] > ' ') {
                position++;
            }
            position = skipSpaces(position);
        }
        long value = ABSENT;
        while (position < lengthBytes && buffer[position] >= '0' && buffer[position] <= '9') {
            value = Math.max(0, value) * 10 + (buffer[position] - '0');
            position++;
        }
        return value;
    }

    private int skipSpaces(int from) {
        int position = from;
        while (position < lengthBytes && buffer[position] <= ' ') {
            position++;
        }
        return position;
    }

    static byte[] text(String ascii) {
        return ascii.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            // Nothing was written through it, so nothing can be lost.
            lengthBytes = 0;
        }
    }
}
