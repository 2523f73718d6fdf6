package org.foreshape.nativebindings.libvirt;

import java.nio.charset.StandardCharsets;
import org.foreshape.nativebindings.internal.RawMemory;
import org.jspecify.annotations.Nullable;

/**
 * Finds the field of a name where it lies in C memory, without a string.
 *
 * <p>A run of digits after a dot is the index and counts as {@code #}. The rest is hashed (FNV-1a)
 * and looked up in a fixed open-addressing table, then compared byte by byte, so a hash that
 * happens to be equal cannot mislead.
 */
final class DomainStatsNames {
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;
    private static final int TABLE_SIZE = 256;
    private static final long[] HASHES = new long[TABLE_SIZE];
    private static final DomainStatsField[] FIELDS = new DomainStatsField[TABLE_SIZE];
    private static final byte[][] PATTERNS = new byte[TABLE_SIZE][];

    static {
        for (DomainStatsField field : DomainStatsField.values()) {
            byte[] pattern = field.pattern().getBytes(StandardCharsets.US_ASCII);
            long hash = FNV_OFFSET;
            for (byte b : pattern) {
                hash = (hash ^ b) * FNV_PRIME;
            }
            int slot = slot(hash);
            while (FIELDS[slot] != null) {
                slot = (slot + 1) % TABLE_SIZE;
            }
            HASHES[slot] = hash;
            FIELDS[slot] = field;
            PATTERNS[slot] = pattern;
        }
    }

    private final int lengthMax;
    private int index;

    DomainStatsNames(int lengthMax) {
        this.lengthMax = lengthMax;
    }

    /** The index in the name that was found last, -1 when it had none. */
    int index() {
        return index;
    }

    /**
     * The field of a name.
     *
     * @param address of the NUL-ended name
     * @return null for a name that is not decoded
     */
    @Nullable DomainStatsField find(long address) {
        index = -1;
        long hash = FNV_OFFSET;
        byte before = 0;
        int at = 0;
        while (at < lengthMax) {
            byte b = RawMemory.getByte(address + at);
            if (b == 0) {
                break;
            }
            if (before == '.' && isDigit(b)) {
                at = readIndex(address, at);
                b = '#';
            } else {
                at++;
            }
            hash = (hash ^ b) * FNV_PRIME;
            before = b;
        }
        for (int slot = slot(hash); FIELDS[slot] != null; slot = (slot + 1) % TABLE_SIZE) {
            if (HASHES[slot] == hash && matches(PATTERNS[slot], address)) {
                return FIELDS[slot];
            }
        }
        return null;
    }

    private int readIndex(long address, int from) {
        int at = from;
        int value = 0;
        while (at < lengthMax && isDigit(RawMemory.getByte(address + at))) {
            value = value * 10 + RawMemory.getByte(address + at) - '0';
            at++;
        }
        index = value;
        return at;
    }

    private boolean matches(byte[] pattern, long address) {
        int at = 0;
        for (byte expected : pattern) {
            if (expected == '#') {
                while (at < lengthMax && isDigit(RawMemory.getByte(address + at))) {
                    at++;
                }
            } else if (at < lengthMax && RawMemory.getByte(address + at) == expected) {
                at++;
            } else {
                return false;
            }
        }
        return at == lengthMax || RawMemory.getByte(address + at) == 0;
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    private static int slot(long hash) {
        return (int) ((hash ^ (hash >>> 32)) & (TABLE_SIZE - 1));
    }
}
