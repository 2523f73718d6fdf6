package org.foreshape.nativebindings.libvirt;

import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.foreshape.nativebindings.internal.HandleGuard;

/** A libvirt object pointer that calls lease, so that none runs on a freed one. */
final class LibvirtHandle {
    private final MemorySegment pointer;
    private final HandleGuard guard;

    LibvirtHandle(String name, MemorySegment pointer, Consumer<MemorySegment> free) {
        this.pointer = pointer;
        this.guard = new HandleGuard(name, () -> free.accept(pointer));
    }

    /**
     * Leases the pointer; {@link #release} must follow.
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
        return pointer;
    }

    void release() {
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
