package org.foreshape.nativebindings.libvirt;

import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virConnectClose;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virConnectIsAlive;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainFree;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainLookupByUUIDString;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One connection out of several to the same hypervisor, and the pointers that name domains on it.
 * Used by one thread at a time; only {@link #forget} may come from another.
 */
final class Line {
    private final MemorySegment connection;
    private final Map<LibvirtHandle, MemorySegment> domains = new ConcurrentHashMap<>();
    private long takenNanoTime;

    /** Takes over a connection pointer. */
    Line(MemorySegment connection) {
        this.connection = connection;
    }

    MemorySegment connection() {
        return connection;
    }

    /** Takes over a pointer of this connection for a domain. */
    void adopt(LibvirtHandle domain, MemorySegment pointer) {
        domains.put(domain, pointer);
    }

    /**
     * The pointer of a domain on this connection, asked for once.
     *
     * @throws LibvirtException it is not known there any more
     */
    MemorySegment domain(LibvirtHandle domain, String name, UUID uuid) {
        MemorySegment known = domains.get(domain);
        return known == null ? lookUp(domain, name, uuid) : known;
    }

    private MemorySegment lookUp(LibvirtHandle domain, String name, UUID uuid) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment text = call.allocateFrom(uuid.toString());
            MemorySegment found = virDomainLookupByUUIDString(connection, text);
            if (found.address() == 0) {
                throw LibvirtException.last(
                        "virDomainLookupByUUIDString", "domain=" + name + ", uuid=" + uuid);
            }
            domains.put(domain, found);
            return found;
        }
    }

    /** Frees the pointer of a domain that nobody uses any more. Any thread. */
    void forget(LibvirtHandle domain) {
        MemorySegment pointer = domains.remove(domain);
        if (pointer != null) {
            virDomainFree(pointer);
        }
    }

    /** Whether its socket is open. Asks nobody. */
    boolean isAlive() {
        return virConnectIsAlive(connection) == 1;
    }

    void take() {
        takenNanoTime = System.nanoTime();
    }

    long takenNs() {
        return System.nanoTime() - takenNanoTime;
    }

    /** Closes it; nobody holds it. */
    void close() {
        domains.keySet().forEach(this::forget);
        virConnectClose(connection);
    }
}
