package org.foreshape.ring.event;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A short UTF-8 text in a preallocated buffer, so that events can carry names without garbage. A
 * longer text is cut at a character boundary.
 */
public final class Text {
    private final byte[] bytes;
    private int lengthBytes;

    /** An empty text that can hold up to {@code capacityBytes} bytes of UTF-8. */
    public Text(int capacityBytes) {
        this.bytes = new byte[capacityBytes];
    }

    /** Most bytes this text can hold. */
    public int capacityBytes() {
        return bytes.length;
    }

    /** Bytes in use. */
    public int lengthBytes() {
        return lengthBytes;
    }

    /** The buffer itself; only the first {@link #lengthBytes()} bytes count. */
    public byte[] bytes() {
        return bytes;
    }

    /** Makes the text empty. */
    public void clear() {
        lengthBytes = 0;
    }

    /** Sets the text. Allocates: not for the way from sample to plan. */
    public void set(String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        set(utf8, utf8.length);
    }

    /** Sets the text from the first {@code length} bytes of valid UTF-8. */
    public void set(byte[] utf8, int length) {
        int cut = Math.min(length, bytes.length);
        // 10xxxxxx continues a character: step back to the start of the one that would be halved.
        while (cut < length && cut > 0 && (utf8[cut] & 0xC0) == 0x80) {
            cut--;
        }
        System.arraycopy(utf8, 0, bytes, 0, cut);
        lengthBytes = cut;
    }

    /** Sets this text to the value of another one. */
    public void copyFrom(Text other) {
        set(other.bytes, other.lengthBytes);
    }

    /** Whether both hold the same bytes. */
    public boolean contentEquals(Text other) {
        return Arrays.equals(bytes, 0, lengthBytes, other.bytes, 0, other.lengthBytes);
    }

    /** The text as a string. Allocates. */
    @Override
    public String toString() {
        return new String(bytes, 0, lengthBytes, StandardCharsets.UTF_8);
    }
}
