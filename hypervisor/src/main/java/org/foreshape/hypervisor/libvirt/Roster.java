package org.foreshape.hypervisor.libvirt;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.foreshape.nativebindings.libvirt.LibvirtConnection;
import org.foreshape.nativebindings.libvirt.LibvirtDomain;
import org.foreshape.nativebindings.libvirt.LibvirtException;
import org.jspecify.annotations.Nullable;

/**
 * Which domains run: compares libvirt's list with the VMs that are watched, and lets VMs come and
 * go. It looks when an event says that something changed, and now and then in case one was missed.
 * Look-ups may come from any thread.
 */
final class Roster {
    private final Surroundings around;
    private final Link link;
    private final Map<UUID, VmWatch> byUuid = new ConcurrentHashMap<>();
    private volatile List<VmWatch> watches = List.of();
    private volatile RoundPool.@Nullable Entry entry;

    Roster(Surroundings around, Link link) {
        this.around = around;
        this.link = link;
    }

    /** Starts to look. */
    void start() {
        entry = around.pool().add(this::round, around.pool().nowNs());
    }

    /** Asks for a look at once. Any thread; never blocks. */
    void look() {
        RoundPool.Entry own = entry;
        if (own != null) {
            around.pool().hasten(own, around.pool().nowNs());
        }
    }

    /** The VMs that are watched now; never changed in place. */
    List<VmWatch> watches() {
        return watches;
    }

    /** The watch of a VM, or null. */
    @Nullable VmWatch byUuid(UUID uuid) {
        return byUuid.get(uuid);
    }

    private long round() {
        LibvirtConnection now = link.current();
        if (now != null) {
            try {
                compare(now);
            } catch (LibvirtException e) {
                if (!link.isLost(now)) {
                    around.errors().record("listing domains", e);
                }
            }
        }
        return around.pool().nowNs() + around.settings().rescanPeriodNs();
    }

    /**
     * Compares the list of a connection. A VM that is still in the same run keeps its slot, also
     * over a change of connection. Blocks.
     *
     * @throws LibvirtException when the list cannot be had; nothing has changed then
     */
    synchronized void compare(LibvirtConnection connection) {
        Set<UUID> seen = new HashSet<>();
        for (LibvirtDomain domain : connection.activeDomains()) {
            int runId = domain.id();
            VmWatch known = byUuid.get(domain.uuid());
            if (runId < 0 || !seen.add(domain.uuid())) {
                domain.close();
            } else if (known != null && known.runId() == runId) {
                if (known.belongsTo(connection)) {
                    domain.close();
                } else {
                    known.rebind(domain, connection);
                }
            } else {
                if (known != null) {
                    drop(known);
                }
                watch(new VmWatch(around, link, this, domain, runId, connection));
            }
        }
        for (VmWatch watch : watches) {
            if (!seen.contains(watch.uuid())) {
                drop(watch);
            }
        }
    }

    private void watch(VmWatch watch) {
        byUuid.put(watch.uuid(), watch);
        watches = List.copyOf(byUuid.values());
        watch.start();
    }

    private void drop(VmWatch watch) {
        byUuid.remove(watch.uuid());
        watches = List.copyOf(byUuid.values());
        watch.leave();
    }
}
