package org.foreshape.nativebindings.internal;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Small native memory of the calling thread, for out parameters and the errno capture.
 *
 * <p>It is allocated on a thread's first call and freed by the collector after the thread's end, so
 * that no later call allocates. Contents are only valid until the thread's next native call.
 */
public final class Scratch {
    /** Size of {@link #buffer}. */
    public static final int BUFFER_BYTES = 4096;

    private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);

    private final MemorySegment buffer;
    private final MemorySegment result;
    private final MemorySegment callState;

    private Scratch() {
        Arena arena = Arena.ofAuto();
        buffer = arena.allocate(BUFFER_BYTES, 64);
        result = arena.allocate(64, 64);
        callState = arena.allocate(64, 64);
    }

    /**
     * The calling thread's buffer.
     *
     * @return {@value #BUFFER_BYTES} bytes, aligned to 64
     */
    public static MemorySegment buffer() {
        return OF_THREAD.get().buffer;
    }

    /**
     * The calling thread's second buffer, for the out parameter of a call that is given {@link
     * #buffer} already; a slice of that would be an object per call.
     *
     * @return 64 bytes, aligned to 64
     */
    public static MemorySegment result() {
        return OF_THREAD.get().result;
    }

    /**
     * The calling thread's segment for {@code Linker.Option.captureCallState}.
     *
     * @return at least as large as the capture layout
     */
    public static MemorySegment callState() {
        return OF_THREAD.get().callState;
    }
}
