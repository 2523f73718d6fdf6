package org.foreshape.nativebindings.libvirt;

import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virEventRegisterDefaultImpl;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virGetVersion;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virInitialize;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virSetErrorFunc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import org.foreshape.nativebindings.NativeUnavailableException;
import org.foreshape.nativebindings.generated.libvirt.virErrorFunc;
import org.foreshape.nativebindings.internal.Scratch;
import org.jspecify.annotations.Nullable;

/**
 * libvirt as loaded into this process. Opening it again gives the same one.
 *
 * <p>It is never unloaded: libvirt keeps threads and callbacks of its own. Opening registers
 * libvirt's default event loop, which somebody must run ({@link LibvirtEventLoop}) for events and
 * keepalive.
 */
public final class LibvirtLibrary {
    private static final String SONAME = "libvirt.so.0";
    private static final String QEMU_SONAME = "libvirt-qemu.so.0";

    private static @Nullable LibvirtLibrary opened;

    private final @Nullable String qemuMissing;

    private LibvirtLibrary(@Nullable String qemuMissing) {
        this.qemuMissing = qemuMissing;
    }

    /**
     * Finds and initializes libvirt.
     *
     * @return the library of this process
     * @throws NativeUnavailableException libvirt is not installed; the sentence says what to
     *     install
     * @throws LibvirtException libvirt could not initialize itself
     */
    public static synchronized LibvirtLibrary open() {
        LibvirtLibrary before = opened;
        if (before != null) {
            return before;
        }
        requireLibrary(SONAME, "libvirt0");
        if (virInitialize() < 0) {
            throw LibvirtException.last("virInitialize", "");
        }
        // By default libvirt prints each error to stderr; here each becomes an exception.
        MemorySegment quiet = virErrorFunc.allocate((userData, error) -> {}, Arena.global());
        virSetErrorFunc(MemorySegment.NULL, quiet);
        // Must come before the first connection, else that one has no events.
        if (virEventRegisterDefaultImpl() < 0) {
            throw LibvirtException.last("virEventRegisterDefaultImpl", "");
        }
        LibvirtLibrary library = new LibvirtLibrary(whyMissing(QEMU_SONAME, "libvirt0"));
        opened = library;
        return library;
    }

    static void requireLibrary(String soname, String debianPackage) {
        // The raw class must not be touched when the library is missing: it would fail for ever.
        String missing = whyMissing(soname, debianPackage);
        if (missing != null) {
            throw new NativeUnavailableException(missing);
        }
    }

    private static @Nullable String whyMissing(String soname, String debianPackage) {
        try (Arena probe = Arena.ofConfined()) {
            SymbolLookup.libraryLookup(soname, probe);
            return null;
        } catch (IllegalArgumentException missing) {
            return soname
                    + " not found: install "
                    + debianPackage
                    + " (apt-get install "
                    + debianPackage
                    + ").";
        }
    }

    /**
     * The version of the library.
     *
     * @return major * 1 000 000 + minor * 1 000 + release
     */
    public long version() {
        MemorySegment version = Scratch.buffer();
        if (virGetVersion(version, MemorySegment.NULL, MemorySegment.NULL) < 0) {
            throw LibvirtException.last("virGetVersion", "");
        }
        return version.get(ValueLayout.JAVA_LONG, 0);
    }

    /**
     * Whether the QEMU calls (monitor and agent) are there. libvirt does not promise them for ever.
     *
     * @return false when libvirt-qemu is not installed
     */
    public boolean hasQemuCalls() {
        return qemuMissing == null;
    }

    void requireQemuCalls() {
        if (qemuMissing != null) {
            throw new NativeUnavailableException(qemuMissing);
        }
    }
}
