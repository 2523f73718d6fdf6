package org.foreshape.nativebindings.libvirt;

import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virConnectListAllDomains;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainLookupByID;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainLookupByName;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainLookupByUUIDString;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.foreshape.nativebindings.internal.RawMemory;
import org.foreshape.nativebindings.internal.Scratch;
import org.jspecify.annotations.Nullable;

/**
 * Finds the domains of one connection; see {@link LibvirtConnection} for what each call promises.
 */
final class DomainFinder {
    private final LibvirtHandle connection;
    private final LibvirtLibrary library;
    private final @Nullable Lines lines;

    DomainFinder(LibvirtHandle connection, LibvirtLibrary library, @Nullable Lines lines) {
        this.connection = connection;
        this.library = library;
        this.lines = lines;
    }

    List<LibvirtDomain> list(int flags) {
        MemorySegment self = connection.acquire();
        try {
            MemorySegment out = Scratch.result();
            int count = virConnectListAllDomains(self, out, flags);
            if (count < 0) {
                throw LibvirtException.last("virConnectListAllDomains", "flags=" + flags);
            }
            return domains(out.get(ValueLayout.ADDRESS, 0), count);
        } finally {
            connection.release();
        }
    }

    private List<LibvirtDomain> domains(MemorySegment array, int count) {
        try {
            List<LibvirtDomain> domains = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                domains.add(
                        domain(
                                MemorySegment.ofAddress(
                                        RawMemory.getLong(array.address() + 8L * i))));
            }
            return domains;
        } finally {
            LibvirtStrings.free(array);
        }
    }

    LibvirtDomain byName(String name) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment text = call.allocateFrom(name);
            return find(
                    "virDomainLookupByName",
                    () -> "name=" + name,
                    p -> virDomainLookupByName(p, text));
        }
    }

    LibvirtDomain byUuid(UUID uuid) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment text = call.allocateFrom(uuid.toString());
            return find(
                    "virDomainLookupByUUIDString",
                    () -> "uuid=" + uuid,
                    p -> virDomainLookupByUUIDString(p, text));
        }
    }

    LibvirtDomain byId(int id) {
        return find("virDomainLookupByID", () -> "id=" + id, p -> virDomainLookupByID(p, id));
    }

    private LibvirtDomain find(
            String name, Supplier<String> arguments, UnaryOperator<MemorySegment> function) {
        connection.acquire();
        try {
            return domain(connection.find(name, arguments, function));
        } finally {
            connection.release();
        }
    }

    /** Takes over a pointer that the calling thread's line gave; the thread still holds it. */
    private LibvirtDomain domain(MemorySegment pointer) {
        return LibvirtDomain.of(pointer, library, lines);
    }
}
