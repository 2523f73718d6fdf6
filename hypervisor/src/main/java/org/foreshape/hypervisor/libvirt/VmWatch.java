package org.foreshape.hypervisor.libvirt;

import static org.foreshape.nativebindings.libvirt.LibvirtFlags.MEMORY_ACTUAL_BALLOON;
import static org.foreshape.nativebindings.libvirt.LibvirtFlags.MEMORY_AVAILABLE;
import static org.foreshape.nativebindings.libvirt.LibvirtFlags.MEMORY_DISK_CACHES;
import static org.foreshape.nativebindings.libvirt.LibvirtFlags.MEMORY_MAJOR_FAULT;
import static org.foreshape.nativebindings.libvirt.LibvirtFlags.MEMORY_RSS;
import static org.foreshape.nativebindings.libvirt.LibvirtFlags.MEMORY_SWAP_IN;
import static org.foreshape.nativebindings.libvirt.LibvirtFlags.MEMORY_UNUSED;
import static org.foreshape.nativebindings.libvirt.LibvirtFlags.MEMORY_USABLE;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import javax.xml.stream.XMLStreamException;
import org.foreshape.hypervisor.VmRef;
import org.foreshape.nativebindings.libvirt.DomainInfo;
import org.foreshape.nativebindings.libvirt.LibvirtConnection;
import org.foreshape.nativebindings.libvirt.LibvirtDomain;
import org.foreshape.nativebindings.libvirt.LibvirtException;
import org.foreshape.nativebindings.libvirt.LibvirtFlags;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.VmPolicy;
import org.jspecify.annotations.Nullable;

/**
 * Watches one run of one domain, from its start (or ours) to its end (or ours).
 *
 * <p>{@link #run} is a round on a worker of the pool, never two at once; it owns all fields that
 * are not volatile. The volatile ones are read by the others: the keeper that divides attention,
 * the event loop, the lanes and the sampling loop.
 */
final class VmWatch implements RoundPool.Round, Attention.Candidate {
    private static final System.Logger LOG = System.getLogger(VmWatch.class.getName());

    private static final long RETRY_NS = 1_000_000_000;
    private static final long STALE_NS = 3_000_000_000L;

    /** A change of usable memory that is worth a sample of its own. */
    private static final long WORTH_A_SAMPLE_KIB = 1024;

    private final Surroundings around;
    private final Link link;
    private final Roster roster;
    private final UUID uuid;
    private final String name;
    private final int runId;
    private final long phaseNs;
    private final GuestFigures figures;
    private final FallRate fallRate = new FallRate();
    private final DeviceCounters devices = new DeviceCounters();
    private final StatsPeriod period = new StatsPeriod();
    private final QemuUse qemu = new QemuUse();
    private final Consumer<SampleSection> writer = this::writeTo;

    private volatile LibvirtDomain domain;
    private volatile @Nullable LibvirtConnection connection;
    private volatile RoundPool.@Nullable Entry entry;
    private volatile @Nullable VmRef vm;
    private volatile boolean gone;
    private volatile long attendUntilNs;
    private volatile long intervalNs = Attention.INTERVAL_NS_MAX;
    private volatile double exhaustionS = Double.MAX_VALUE;
    private volatile long maximumKib = SampleSection.UNKNOWN;
    private final AtomicLong roundCount = new AtomicLong();

    private boolean hasDeviceCounters = true;
    private boolean saidFull;
    private long slowDueNs;
    private long memoryKib = SampleSection.UNKNOWN;
    private long cpuTimeNs = SampleSection.UNKNOWN;
    private int vcpuCount;
    private int vcpuCountMax;
    private long publishedUsableKib = SampleSection.UNKNOWN;
    private long publishedAllocationKib = SampleSection.UNKNOWN;
    private List<Map<String, String>> policies = List.of();

    VmWatch(
            Surroundings around,
            Link link,
            Roster roster,
            LibvirtDomain domain,
            int runId,
            LibvirtConnection connection) {
        this.around = around;
        this.link = link;
        this.roster = roster;
        this.domain = domain;
        this.uuid = domain.uuid();
        this.name = domain.name();
        this.runId = runId;
        this.connection = connection;
        this.phaseNs = Math.floorMod(uuid.hashCode() * 1_000_003L, Attention.INTERVAL_NS_MAX);
        this.figures = new GuestFigures(around.settings().isLocal());
    }

    /** Starts the rounds. */
    void start() {
        entry = around.pool().add(this, around.pool().nowNs());
    }

    UUID uuid() {
        return uuid;
    }

    int runId() {
        return runId;
    }

    /** Its slot, once it has one. */
    @Nullable VmRef vm() {
        return vm;
    }

    /** Whether it watches this VM; also true in the moment between its arrival and our knowing. */
    boolean mayBe(VmRef other) {
        VmRef place = vm;
        return !gone && (place == null || place.equals(other));
    }

    /** Its handle; closed while libvirt is away. */
    LibvirtDomain domain() {
        return domain;
    }

    /** The most it can have, or unknown. */
    long maximumKib() {
        return maximumKib;
    }

    /** Rounds done so far. */
    long roundCount() {
        return roundCount.get();
    }

    boolean belongsTo(LibvirtConnection other) {
        return connection == other;
    }

    /** Goes on with a handle of a new connection. */
    void rebind(LibvirtDomain newDomain, LibvirtConnection newConnection) {
        LibvirtDomain old = domain;
        domain = newDomain;
        connection = newConnection;
        old.close();
        hasten();
    }

    /** Asks for attention until an engine time. */
    void attend(long untilNs) {
        if (untilNs > attendUntilNs) {
            attendUntilNs = untilNs;
        }
    }

    /** Takes a balloon's new size from the event loop's thread. */
    void balloonMoved(long allocationKib) {
        around.board().update(sample -> setAllocation(sample, allocationKib));
    }

    private void setAllocation(SampleSection sample, long allocationKib) {
        VmRef place = vm;
        if (place != null && !gone && sample.present[place.slot()]) {
            sample.allocationKib[place.slot()] = allocationKib;
        }
    }

    /** Adds the figures of /proc to a sample. Sampling thread only. */
    void addHostFigures(SampleSection sample) {
        VmRef place = vm;
        if (place != null
                && place.slot() < sample.slotCount
                && sample.present[place.slot()]
                && sample.generation[place.slot()] == place.generation()) {
            qemu.writeTo(sample, place.slot());
        }
    }

    @Override
    public double exhaustionS() {
        return around.clock().timeNs() < attendUntilNs ? 0 : exhaustionS;
    }

    @Override
    public void setIntervalNs(long newIntervalNs) {
        boolean sooner = newIntervalNs < intervalNs;
        intervalNs = newIntervalNs;
        RoundPool.Entry own = entry;
        if (sooner && own != null && vm != null) {
            around.pool().hasten(own, nextDueNs());
        }
    }

    /**
     * Ends the watch: takes the VM off the board and lets it depart. A round that is under way, or
     * hangs, changes nothing any more. May wait for the ring.
     */
    void leave() {
        VmRef place;
        synchronized (this) {
            gone = true;
            place = vm;
        }
        RoundPool.Entry own = entry;
        if (own != null) {
            around.pool().remove(own);
        }
        if (place != null) {
            around.board().remove(place.slot());
            around.directory().depart(place);
        }
        end();
    }

    /** Lets handle and process go, after the last sample that could hold this VM. */
    void end() {
        domain.close();
        synchronized (this) {
            gone = true;
            qemu.close();
        }
    }

    /** Gives the domain the statistics period back that it was found with. Blocks. */
    void restorePeriod() {
        try {
            period.restore(domain);
        } catch (LibvirtException | IllegalStateException e) {
            // It has ended, or libvirt has; either way there is nothing left to restore.
            around.errors().record("restoring the statistics period", e);
        }
    }

    @Override
    public long run() {
        LibvirtConnection own = connection;
        if (gone || own == null || link.current() != own) {
            // The roster binds it to the next connection, and hastens it then.
            return RoundPool.NEVER;
        }
        LibvirtDomain now = domain;
        try {
            if (vm == null && !admit(now)) {
                return around.pool().nowNs() + around.settings().rescanPeriodNs();
            }
            sample(now);
            if (around.pool().nowNs() >= slowDueNs) {
                inspect(own, now);
                slowDueNs = around.pool().nowNs() + around.settings().rescanPeriodNs();
            }
            roundCount.incrementAndGet();
            return nextDueNs();
        } catch (LibvirtException e) {
            failed(own, e);
        } catch (IllegalStateException e) {
            if (!gone && link.current() == own) {
                throw e;
            }
            // The handle was closed under this round, since the VM or libvirt went away.
        }
        return around.pool().nowNs() + RETRY_NS;
    }

    private void failed(LibvirtConnection own, LibvirtException e) {
        switch (e.code()) {
            case LibvirtException.NO_DOMAIN, LibvirtException.OPERATION_INVALID -> roster.look();
            default -> {
                if (!link.isLost(own)) {
                    around.errors().record("libvirt: " + e.call() + " error " + e.code(), e);
                }
            }
        }
    }

    /** Reads who it is and gives it a slot; false: there is none free. */
    private boolean admit(LibvirtDomain now) {
        DomainDescription description = describe(now, 0);
        takeInfo(now.info());
        vcpuCountMax = Math.max(description.vcpuCountMax(), vcpuCount);
        // A run that was killed between its two calls may have left 0; the stored configuration
        // knows better.
        period.found(
                description.statsPeriodS() > 0
                        ? description.statsPeriodS()
                        : describe(now, LibvirtFlags.XML_INACTIVE).statsPeriodS());
        policies = description.policies();
        PolicyReader.Reading reading = readPolicy();
        qemuSeek();
        synchronized (this) {
            if (gone) {
                return false;
            }
            vm = around.directory().arrive(name, uuid, reading.policy(), memoryKib);
        }
        if (vm == null && !saidFull) {
            saidFull = true;
            LOG.log(
                    System.Logger.Level.WARNING,
                    "all {0} places for VMs are taken: {1} is left alone; raise the number of VMs"
                            + " in the configuration",
                    around.directory().vmCountMax(),
                    name);
        }
        return vm != null;
    }

    private void sample(LibvirtDomain now) {
        long startNs = around.clock().timeNs();
        boolean attention = intervalNs < Attention.INTERVAL_NS_MAX;
        boolean stale = startNs - figures.statsTimeNs() > STALE_NS;
        if (attention || stale || !period.isSet()) {
            period.askAtOnce(now, around.pool().nowNs());
        }
        now.memoryStats(figures.byTag);
        figures.take(startNs, around.clock().timeNs(), System.currentTimeMillis());
        long usableKib = figures.byTag[MEMORY_USABLE];
        if (figures.isChanged() && usableKib >= 0) {
            fallRate.update(usableKib, figures.statsTimeNs());
        }
        exhaustionS = Attention.exhaustionS(usableKib, fallRate.kibPerS());
        around.board().update(writer);
        long allocationKib = figures.byTag[MEMORY_ACTUAL_BALLOON];
        if (Math.abs(usableKib - publishedUsableKib) >= WORTH_A_SAMPLE_KIB
                || allocationKib != publishedAllocationKib) {
            publishedUsableKib = usableKib;
            publishedAllocationKib = allocationKib;
            around.loop().wake();
        }
    }

    /** What changes seldom or is of less use: size, policy, disks and network. */
    private void inspect(LibvirtConnection own, LibvirtDomain now) {
        takeInfo(now.info());
        DomainDescription description = describe(now, 0);
        vcpuCountMax = Math.max(description.vcpuCountMax(), vcpuCount);
        VmRef place = vm;
        if (place != null && !description.policies().equals(policies)) {
            policies = description.policies();
            VmPolicy policy = readPolicy().policy();
            around.directory()
                    .changePolicy(
                            place,
                            policy != null
                                    ? policy
                                    : around.settings().vmSettings().policyFor(name, uuid));
        }
        qemuSeek();
        if (hasDeviceCounters) {
            try {
                own.domainStats(
                        now,
                        LibvirtFlags.STATS_BLOCK | LibvirtFlags.STATS_INTERFACE,
                        LibvirtFlags.STATS_FLAG_NOWAIT,
                        devices);
            } catch (LibvirtException e) {
                if (e.code() != LibvirtException.NO_SUPPORT) {
                    throw e;
                }
                hasDeviceCounters = false;
            }
        }
    }

    private void qemuSeek() {
        if (around.settings().isLocal() && !qemu.isKnown()) {
            synchronized (this) {
                if (!gone) {
                    qemu.seek(uuid);
                }
            }
        }
    }

    private DomainDescription describe(LibvirtDomain now, int flags) {
        try {
            return DomainDescription.parse(now.xmlDesc(flags));
        } catch (XMLStreamException e) {
            throw new IllegalArgumentException("libvirt's XML of " + name + " is no XML", e);
        }
    }

    private PolicyReader.Reading readPolicy() {
        VmPolicy configured = around.settings().vmSettings().policyFor(name, uuid);
        PolicyReader.Reading reading = PolicyReader.read(policies, configured, maximumKib);
        if (reading.fault() != null) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the metadata of {0} is faulty, so it is only observed: {1}",
                    name,
                    reading.fault());
        }
        return reading;
    }

    private void takeInfo(DomainInfo info) {
        maximumKib = info.maxMemoryKib();
        memoryKib = info.memoryKib();
        vcpuCount = info.vcpuCount();
        cpuTimeNs = info.cpuTimeNs();
    }

    private void writeTo(SampleSection sample) {
        VmRef place = vm;
        if (place == null || gone) {
            return;
        }
        int slot = place.slot();
        long[] byTag = figures.byTag;
        sample.slotCount = Math.max(sample.slotCount, slot + 1);
        sample.present[slot] = true;
        sample.generation[slot] = place.generation();
        sample.statsTimeNs[slot] = figures.statsTimeNs();
        sample.allocationKib[slot] =
                byTag[MEMORY_ACTUAL_BALLOON] >= 0 ? byTag[MEMORY_ACTUAL_BALLOON] : memoryKib;
        sample.maximumKib[slot] = maximumKib;
        sample.guestTotalKib[slot] = byTag[MEMORY_AVAILABLE];
        sample.usableKib[slot] = byTag[MEMORY_USABLE];
        sample.unusedKib[slot] = byTag[MEMORY_UNUSED];
        sample.diskCacheKib[slot] = byTag[MEMORY_DISK_CACHES];
        sample.residentKib[slot] = byTag[MEMORY_RSS];
        sample.swapInKib[slot] = byTag[MEMORY_SWAP_IN];
        sample.majorFaultCount[slot] = byTag[MEMORY_MAJOR_FAULT];
        sample.cpuTimeNs[slot] = cpuTimeNs;
        sample.vcpuCount[slot] = vcpuCount;
        sample.vcpuCountMax[slot] = vcpuCountMax;
        devices.writeTo(sample, slot);
    }

    /** Times of its own on a grid, so that the rounds of all VMs are spread over the interval. */
    private long nextDueNs() {
        long nowNs = around.pool().nowNs();
        long stepNs = intervalNs;
        return nowNs + stepNs - Math.floorMod(nowNs - phaseNs, stepNs);
    }

    private void hasten() {
        RoundPool.Entry own = entry;
        if (own != null) {
            around.pool().hasten(own, around.pool().nowNs());
        }
    }
}
