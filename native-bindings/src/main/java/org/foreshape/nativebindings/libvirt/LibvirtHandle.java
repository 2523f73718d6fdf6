package org.foreshape.nativebindings.libvirt;

import java.lang.foreign.MemorySegment;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.foreshape.nativebindings.internal.HandleGuard;
import org.jspecify.annotations.Nullable;

/** A libvirt object that calls lease, so that none runs on a freed one. */
final class LibvirtHandle {
    private final HandleGuard guard;
    private final MemorySegment pointer;

    /** Both null where there is one pointer for all threads. */
    private final @Nullable Lines lines;

    private final @Nullable BiFunction<LibvirtHandle, Line, MemorySegment> onLine;

    /** An object with one pointer for all threads. */
    LibvirtHandle(String name, MemorySegment pointer, Consumer<MemorySegment> free) {
        this.guard = new HandleGuard(name, () -> free.accept(pointer));
        this.pointer = pointer;
        this.lines = null;
        this.onLine = null;
    }

    /**
     * An object with a pointer on each line.
     *
     * @param onLine the pointer on a line that the calling thread holds
     */
    LibvirtHandle(
            String name,
            Lines lines,
            BiFunction<LibvirtHandle, Line, MemorySegment> onLine,
            Consumer<LibvirtHandle> free) {
        this.guard = new HandleGuard(name, () -> free.accept(this));
        this.pointer = MemorySegment.NULL;
        this.lines = lines;
        this.onLine = onLine;
    }

    /**
     * Leases the pointer; {@link #release} must follow, on the same thread. Where the object has
     * several, the pointer is the calling thread's alone until then.
     *
     * <p>libvirt keeps its last error per native thread, which a virtual thread may change between
     * a call and the look at its error.
     */
    MemorySegment acquire() {
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException(
                    "call libvirt from a platform thread, not a virtual one");
        }
        guard.acquire();
        Lines own = lines;
        var there = onLine;
        if (own == null || there == null) {
            return pointer;
        }
        boolean entered = false;
        boolean done = false;
        try {
            Line line = own.enter();
            entered = true;
            MemorySegment onIt = there.apply(this, line);
            done = true;
            return onIt;
        } finally {
            if (!done) {
                if (entered) {
                    own.leave();
                }
                guard.release();
            }
        }
    }

    void release() {
        if (lines != null) {
            lines.leave();
        }
        guard.release();
    }

    void close() {
        guard.close();
    }

    boolean isClosed() {
        return guard.isClosed();
    }

    /** Makes a call that says by a negative number that it failed. Not for hot paths. */
    int call(String name, Supplier<String> arguments, ToIntFunction<MemorySegment> function) {
        MemorySegment self = acquire();
        try {
            int result = function.applyAsInt(self);
            if (result < 0) {
                throw LibvirtException.last(name, arguments.get());
            }
            return result;
        } finally {
            release();
        }
    }

    /** Makes a call that says by NULL that it failed. Not for hot paths. */
    MemorySegment find(
            String name,
            Supplier<String> arguments,
            java.util.function.UnaryOperator<MemorySegment> function) {
        MemorySegment self = acquire();
        try {
            MemorySegment result = function.apply(self);
            if (result.address() == 0) {
                throw LibvirtException.last(name, arguments.get());
            }
            return result;
        } finally {
            release();
        }
    }
}
