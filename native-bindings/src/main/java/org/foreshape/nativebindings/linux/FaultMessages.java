package org.foreshape.nativebindings.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A view of memory that holds messages of a {@link Userfaultfd}. Reads allocate nothing.
 *
 * <pre>
 *  0      1..7   8             16            24        32
 *  | event |  -  | flags       | address     | thread  |   a fault
 *  | event |  -  | descriptor  |                       |   a fork
 *  | event |  -  | from        | to          | length  |   a remap
 *  | event |  -  | start       | end         |         |   a removal, an unmap
 * </pre>
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/userfaultfd.2.html">userfaultfd(2)</a>
 */
public final class FaultMessages {
    /** Size of one message. */
    public static final int MESSAGE_BYTES = 32;

    /** A page was touched. */
    public static final int PAGE_FAULT = 0x12;

    /** The owner forked; the message carries the child's userfaultfd. */
    public static final int FORK = 0x13;

    /** Memory was moved to another address. */
    public static final int REMAP = 0x14;

    /** Pages are about to be removed by madvise(2). */
    public static final int REMOVE = 0x15;

    /** Memory was unmapped. */
    public static final int UNMAP = 0x16;

    /** Fault flag: the page is in the file, only not mapped. */
    public static final long FLAG_MINOR = 4;

    private final MemorySegment segment;
    private final long address;
    private final long sizeBytes;

    private FaultMessages(MemorySegment segment) {
        this.segment = segment;
        this.address = segment.address();
        this.sizeBytes = segment.byteSize();
    }

    /**
     * A view.
     *
     * @param segment native, a multiple of {@value #MESSAGE_BYTES} bytes, aligned to 8; it stays
     *     the caller's
     * @return the view
     */
    public static FaultMessages over(MemorySegment segment) {
        if (!segment.isNative()
                || segment.byteSize() == 0
                || segment.byteSize() % MESSAGE_BYTES != 0) {
            throw new IllegalArgumentException(
                    "segment must be native and hold whole messages of 32 bytes: " + segment);
        }
        return new FaultMessages(segment);
    }

    long address() {
        return address;
    }

    long sizeBytes() {
        return sizeBytes;
    }

    /**
     * How many messages fit.
     *
     * @return positive
     */
    public int capacity() {
        return (int) (sizeBytes / MESSAGE_BYTES);
    }

    /**
     * What a message tells.
     *
     * @param index which message
     * @return one of the kinds
     */
    public int kind(int index) {
        return segment.get(ValueLayout.JAVA_BYTE, offset(index)) & 0xFF;
    }

    /**
     * The flags of a fault.
     *
     * @param index which message
     * @return of the FLAG constants
     */
    public long flags(int index) {
        return segment.get(ValueLayout.JAVA_LONG, offset(index) + 8);
    }

    /**
     * The address of a fault.
     *
     * @param index which message
     * @return within the page that was touched
     */
    public long address(int index) {
        return segment.get(ValueLayout.JAVA_LONG, offset(index) + 16);
    }

    /**
     * The start of what was removed or unmapped, or where a remap came from.
     *
     * @param index which message
     * @return an address
     */
    public long start(int index) {
        return segment.get(ValueLayout.JAVA_LONG, offset(index) + 8);
    }

    /**
     * The end of what was removed or unmapped, or where a remap went.
     *
     * @param index which message
     * @return an address, the end exclusive
     */
    public long end(int index) {
        return segment.get(ValueLayout.JAVA_LONG, offset(index) + 16);
    }

    /**
     * How much a remap moved.
     *
     * @param index which message
     * @return bytes
     */
    public long lengthBytes(int index) {
        return segment.get(ValueLayout.JAVA_LONG, offset(index) + 24);
    }

    /**
     * The child's userfaultfd that a fork message carries; reading the message has opened it.
     *
     * @param index which message
     * @return the caller closes it, and knows that this gives the child zero pages
     */
    public Descriptor child(int index) {
        return Descriptor.adopt(segment.get(ValueLayout.JAVA_INT, offset(index) + 8));
    }

    private static long offset(int index) {
        return (long) index * MESSAGE_BYTES;
    }
}
