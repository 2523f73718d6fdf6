package org.foreshape.nativebindings.libvirt;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import org.foreshape.nativebindings.NativeUnavailableException;
import org.junit.jupiter.api.Assumptions;

/** libvirt's test driver, or a printed reason to skip. */
final class LibvirtHere {
    static final String TEST_URI = "test:///default";

    private LibvirtHere() {}

    static LibvirtConnection connectOrSkip() {
        openOrSkip();
        return LibvirtConnection.open(TEST_URI);
    }

    static LibvirtLibrary openOrSkip() {
        try {
            return LibvirtLibrary.open();
        } catch (NativeUnavailableException missing) {
            String reason = "skipped: " + missing.getMessage();
            Assumptions.abort(reason);
            throw missing;
        }
    }

    /** Calls a function of libvirt that takes a domain; the product has no use for these. */
    static void call(String function, LibvirtDomain domain) throws Throwable {
        MemorySegment address =
                SymbolLookup.libraryLookup("libvirt.so.0", Arena.global()).findOrThrow(function);
        MemorySegment self = domain.handle().acquire();
        try {
            int result =
                    (int)
                            Linker.nativeLinker()
                                    .downcallHandle(
                                            address,
                                            FunctionDescriptor.of(
                                                    ValueLayout.JAVA_INT, ValueLayout.ADDRESS))
                                    .invokeExact(self);
            if (result < 0) {
                throw LibvirtException.last(function, domain.name());
            }
        } finally {
            domain.handle().release();
        }
    }
}
