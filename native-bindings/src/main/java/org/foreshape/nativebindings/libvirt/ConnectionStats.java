package org.foreshape.nativebindings.libvirt;

import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virConnectGetAllDomainStats;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainListGetStats;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.foreshape.nativebindings.internal.Scratch;

/**
 * Samples domains over one connection, without allocation but for lists of domains; see {@link
 * LibvirtConnection} for what each call promises.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virConnectGetAllDomainStats">virConnectGetAllDomainStats</a>
 */
final class ConnectionStats {
    private final LibvirtHandle connection;

    ConnectionStats(LibvirtHandle connection) {
        this.connection = connection;
    }

    int all(int statsMask, int flags, DomainStatsSink sink) {
        MemorySegment self = connection.acquire();
        try {
            MemorySegment out = Scratch.buffer();
            int count = virConnectGetAllDomainStats(self, statsMask, out, flags);
            if (count < 0) {
                throw LibvirtException.last(
                        "virConnectGetAllDomainStats", "stats=" + statsMask + ", flags=" + flags);
            }
            DomainStatsDecoder.decodeAndFree(out.get(ValueLayout.JAVA_LONG, 0), count, sink);
            return count;
        } finally {
            connection.release();
        }
    }

    int one(LibvirtDomain domain, int statsMask, int flags, DomainStatsSink sink) {
        connection.acquire();
        try {
            MemorySegment pointer = domain.handle().acquire();
            try {
                // 0 domain*, 8 NULL, the list's end.
                MemorySegment list = Scratch.buffer();
                list.set(ValueLayout.ADDRESS, 0, pointer);
                list.set(ValueLayout.JAVA_LONG, 8, 0);
                int count = ask(list, statsMask, flags, Scratch.result(), sink);
                if (count < 0) {
                    throw failure("domain=" + domain.name(), statsMask, flags);
                }
                return count;
            } finally {
                domain.handle().release();
            }
        } finally {
            connection.release();
        }
    }

    int some(List<LibvirtDomain> domains, int statsMask, int flags, DomainStatsSink sink) {
        connection.acquire();
        int leased = 0;
        try (Arena call = Arena.ofConfined()) {
            // The array ends with NULL, which allocate() leaves there.
            MemorySegment list = call.allocate(ValueLayout.ADDRESS, domains.size() + 1L);
            for (LibvirtDomain domain : domains) {
                list.setAtIndex(ValueLayout.ADDRESS, leased, domain.handle().acquire());
                leased++;
            }
            if (leased == 0) {
                return 0;
            }
            int count = ask(list, statsMask, flags, Scratch.buffer(), sink);
            if (count < 0) {
                throw failure("domains=" + leased, statsMask, flags);
            }
            return count;
        } finally {
            for (int i = 0; i < leased; i++) {
                domains.get(i).handle().release();
            }
            connection.release();
        }
    }

    /** How many answered, or a negative number: libvirt's last error says why. */
    private static int ask(
            MemorySegment list, int statsMask, int flags, MemorySegment out, DomainStatsSink sink) {
        int count = virDomainListGetStats(list, statsMask, out, flags);
        if (count >= 0) {
            DomainStatsDecoder.decodeAndFree(out.get(ValueLayout.JAVA_LONG, 0), count, sink);
        }
        return count;
    }

    private static LibvirtException failure(String whom, int statsMask, int flags) {
        return LibvirtException.last(
                "virDomainListGetStats", whom + ", stats=" + statsMask + ", flags=" + flags);
    }
}
