package org.foreshape.nativebindings.libvirt;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.foreshape.nativebindings.internal.RawMemory;

/** Strings and arrays that libvirt allocates with malloc and the caller frees. */
final class LibvirtStrings {
    private static final MethodHandle FREE =
            Linker.nativeLinker()
                    .downcallHandle(
                            Linker.nativeLinker().defaultLookup().findOrThrow("free"),
                            FunctionDescriptor.ofVoid(ADDRESS));

    private LibvirtStrings() {}

    /** Copies a string and frees it. */
    static String take(MemorySegment string) {
        try {
            return RawMemory.getString(string.address());
        } finally {
            free(string);
        }
    }

    /** free(3). */
    static void free(MemorySegment allocated) {
        try {
            FREE.invokeExact(allocated);
        } catch (RuntimeException | Error fault) {
            throw fault;
        } catch (Throwable unexpected) {
            throw new IllegalStateException(unexpected);
        }
    }
}
