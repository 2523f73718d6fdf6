package org.foreshape.journal;

import java.lang.ref.WeakReference;
import java.lang.reflect.Field;
import net.openhft.chronicle.queue.ExcerptAppender;
import org.jspecify.annotations.Nullable;

/**
 * Holds on to the two index arrays of the writing thread, to which Chronicle Queue itself keeps
 * weak references only: every garbage collection would clear them, and the record after it would
 * make them anew (240 bytes on the engine's thread, and two more entries in a list that never
 * shrinks).
 *
 * <p>There is no other way than reflection. Where it fails, with another version of the library,
 * nothing is held, and that garbage is all that is lost. The writing thread only.
 */
final class IndexHold {
    private static final String[] ARRAYS = {"index2indexArray", "indexArray"};

    private final @Nullable Object[] held = new @Nullable Object[ARRAYS.length];
    private boolean complete;

    /** Starts anew with another file. */
    void release() {
        held[0] = null;
        held[1] = null;
        complete = false;
    }

    /** Whether there is nothing left to take hold of. */
    boolean isComplete() {
        return complete;
    }

    /** Takes hold of what there is; call it after each record until it is complete. */
    void take(ExcerptAppender appender) {
        try {
            Object store = valueOf(appender, "store");
            Object indexing = store == null ? null : valueOf(store, "indexing");
            complete = indexing != null;
            for (int k = 0; k < ARRAYS.length && indexing != null; k++) {
                // Not every record is indexed, so a thread may have none of its own yet.
                if (valueOf(indexing, ARRAYS[k]) instanceof ThreadLocal<?> perThread
                        && perThread.get() instanceof WeakReference<?> reference) {
                    held[k] = reference.get();
                }
                complete &= held[k] != null;
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            complete = true;
        }
    }

    private static @Nullable Object valueOf(Object owner, String name)
            throws ReflectiveOperationException {
        Field field = owner.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field.get(owner);
    }
}
