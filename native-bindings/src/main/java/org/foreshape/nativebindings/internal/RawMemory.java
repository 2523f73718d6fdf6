package org.foreshape.nativebindings.internal;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Reads memory that C owns, by address, without making a segment per pointer.
 *
 * <p>No bounds are checked: an address must come from a C call that has just returned it, and be
 * read before the C call that frees it.
 */
public final class RawMemory {
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private RawMemory() {}

    /**
     * Reads a byte.
     *
     * @param address where
     * @return the byte
     */
    public static byte getByte(long address) {
        return ALL.get(ValueLayout.JAVA_BYTE, address);
    }

    /**
     * Reads an int.
     *
     * @param address where, aligned to 4
     * @return the int
     */
    public static int getInt(long address) {
        return ALL.get(ValueLayout.JAVA_INT, address);
    }

    /**
     * Reads a long.
     *
     * @param address where, aligned to 8
     * @return the long
     */
    public static long getLong(long address) {
        return ALL.get(ValueLayout.JAVA_LONG, address);
    }

    /**
     * Reads a double.
     *
     * @param address where, aligned to 8
     * @return the double
     */
    public static double getDouble(long address) {
        return ALL.get(ValueLayout.JAVA_DOUBLE, address);
    }

    /**
     * Copies a NUL-ended UTF-8 string.
     *
     * @param address where, not 0
     * @return the string
     */
    public static String getString(long address) {
        return ALL.getString(address);
    }
}
