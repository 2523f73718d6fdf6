package org.foreshape.hypervisor.embedded;

import java.util.List;
import org.foreshape.hypervisor.VmMemory;
import org.foreshape.hypervisor.VmRef;
import org.foreshape.ring.event.SampleSection;
import org.jspecify.annotations.Nullable;

/**
 * One guest: a workload that follows its curve, a balloon that follows its target, and the memory
 * behind both. One worker steps it; any thread sets its target and reads its totals.
 *
 * <p>The balloon moves as fast as those of real guests do: it gives back to the guest at up to 500
 * MiB, and takes at up to 130 MiB, in a second of engine time. It never takes what the workload
 * uses: there it stops short of its target, as a real one does. A workload that needs more than the
 * balloon leaves fills what there is and stands still until it is granted the rest.
 */
final class EmbeddedGuest implements AutoCloseable {
    private static final long GROW_KIB_PER_SECOND = 500 * 1024;
    private static final long SHRINK_KIB_PER_SECOND = 130 * 1024;
    private static final double SECOND_NS = 1e9;

    /** Within this time of the engine, demand and balloon are taken as constant. */
    private static final long SUBSTEP_NS = 100_000_000;

    private static final int SUBSTEP_COUNT_MAX = 64;
    private static final int CHECK_PAGES_PER_STEP = 32;
    private static final long OVERHEAD_KIB_MAX = 64 * 1024;
    private static final long STATS_PERIOD_NS = 1_000_000_000;
    private static final long ATTENDED_STATS_PERIOD_NS = 100_000_000;

    private final GuestSpec spec;
    private final GuestRam ram;
    private final boolean reportFree;
    private final GuestTasks tasks;
    private final double kibPerPage;
    private final long overheadKib;

    private volatile long targetKib;
    private volatile long attendedUntilNs = Long.MIN_VALUE;
    private volatile @Nullable VmRef vm;
    private volatile GuestTasks.@Nullable Listener listener;
    private boolean departed;

    private double allocationKib;
    private long usedKib;
    private long elapsedNs = -1;
    private long firstNs;
    private long cpuMillicores;
    private double cpuTimeNs;
    private long stalledNs;
    private boolean stalling;
    private long stallNs;
    private long stallCount;
    private long longestStallNs;
    private double allocationKibSeconds;
    private double usedKibSeconds;
    private double shortfallKibSeconds;
    private boolean statsTaken;
    private long statsTimeNs;

    EmbeddedGuest(GuestSpec spec, GuestRam ram, EmbeddedOptions options) {
        this.spec = spec;
        this.ram = ram;
        this.reportFree = options.freePageReporting();
        this.tasks = new GuestTasks(spec.curve(), options.announceLeadNs());
        this.kibPerPage = (double) spec.ceilingKib() / ram.sizePages();
        this.overheadKib = overheadKib(spec.ceilingKib());
        this.targetKib = spec.initialKib();
        this.allocationKib = (double) spec.initialKib();
    }

    /** What the guest's own kernel takes. */
    static long overheadKib(long ceilingKib) {
        return Math.min(OVERHEAD_KIB_MAX, ceilingKib / 16);
    }

    GuestSpec spec() {
        return spec;
    }

    /** Its place in the engine, null before it has arrived. */
    @Nullable VmRef vm() {
        return vm;
    }

    /** Gives it its place, and whom to tell of its tasks from now on. */
    void arrived(VmRef place, GuestTasks.Listener newListener) {
        vm = place;
        listener = newListener;
    }

    /** Sets what the balloon shall leave it. Any thread. */
    void setTargetKib(long newTargetKib) {
        targetKib = newTargetKib;
    }

    /** Lets its statistics be taken ten times a second until an engine time. Any thread. */
    void attendUntil(long untilTimeNs) {
        attendedUntilNs = untilTimeNs;
    }

    /** What it has now. */
    synchronized long allocationKib() {
        return (long) allocationKib;
    }

    /** What its workload uses now, overhead excluded. */
    synchronized long workloadKib() {
        return Math.max(0, usedKib - overheadKib);
    }

    /**
     * Brings the guest to a time of its curve, and tells of its tasks.
     *
     * @return whether its statistics were taken anew
     */
    boolean step(long newElapsedNs, long timeNs) {
        boolean taken = work(newElapsedNs, timeNs);
        GuestTasks.Listener told = listener;
        if (told != null && running()) {
            // Not under the monitor: it may wait for the ring, and others ask for figures
            // meanwhile.
            tasks.step(newElapsedNs, workloadKib(), told);
        }
        return taken;
    }

    private synchronized boolean running() {
        return !departed;
    }

    private synchronized boolean work(long newElapsedNs, long timeNs) {
        if (departed) {
            return false;
        }
        if (elapsedNs < 0) {
            elapsedNs = newElapsedNs;
            firstNs = newElapsedNs;
            advance(0);
        }
        long substepNs = Math.max(SUBSTEP_NS, (newElapsedNs - elapsedNs) / SUBSTEP_COUNT_MAX);
        while (elapsedNs < newElapsedNs) {
            long spanNs = Math.min(substepNs, newElapsedNs - elapsedNs);
            elapsedNs += spanNs;
            advance(spanNs);
        }
        ram.shape(pages(usedKib), pages((long) allocationKib), reportFree);
        ram.check(CHECK_PAGES_PER_STEP);
        return takeStats(timeNs);
    }

    private void advance(long spanNs) {
        double seconds = spanNs / SECOND_NS;
        moveBalloon(seconds);
        long demandKib =
                Math.min(spec.ceilingKib(), overheadKib + spec.curve().memoryKib(elapsedNs));
        long availableKib = (long) allocationKib;
        usedKib = Math.min(demandKib, availableKib);
        cpuMillicores = Math.min(spec.curve().cpuMillicores(elapsedNs), spec.vcpuCount() * 1000L);
        if (demandKib > availableKib) {
            stallCount += stalling ? 0 : 1;
            stalling = true;
            stallNs += spanNs;
            stalledNs += spanNs;
            longestStallNs = Math.max(longestStallNs, stallNs);
            shortfallKibSeconds += (demandKib - availableKib) * seconds;
            cpuMillicores = 0;
        } else {
            stalling = false;
            stallNs = 0;
        }
        cpuTimeNs += cpuMillicores / 1000.0 * spanNs;
        allocationKibSeconds += allocationKib * seconds;
        usedKibSeconds += usedKib * seconds;
    }

    private void moveBalloon(double seconds) {
        double goalKib = (double) targetKib;
        if (goalKib > allocationKib) {
            allocationKib = Math.min(goalKib, allocationKib + GROW_KIB_PER_SECOND * seconds);
        } else if (goalKib < allocationKib) {
            double leastKib = Math.max(goalKib, (double) usedKib);
            allocationKib =
                    Math.min(
                            allocationKib,
                            Math.max(leastKib, allocationKib - SHRINK_KIB_PER_SECOND * seconds));
        }
    }

    private boolean takeStats(long timeNs) {
        long periodNs = timeNs < attendedUntilNs ? ATTENDED_STATS_PERIOD_NS : STATS_PERIOD_NS;
        if (statsTaken && timeNs - statsTimeNs < periodNs) {
            return false;
        }
        statsTaken = true;
        statsTimeNs = timeNs;
        return true;
    }

    /** Whether its statistics are taken more often now than by default. */
    boolean isAttended(long timeNs) {
        return timeNs < attendedUntilNs;
    }

    /** Writes its figures into its slot. */
    synchronized void writeTo(SampleSection figures) {
        VmRef place = vm;
        if (place == null || departed) {
            return;
        }
        int slot = place.slot();
        figures.slotCount = Math.max(figures.slotCount, slot + 1);
        figures.present[slot] = true;
        figures.generation[slot] = place.generation();
        figures.statsTimeNs[slot] = statsTimeNs;
        figures.allocationKib[slot] = (long) allocationKib;
        figures.maximumKib[slot] = spec.ceilingKib();
        figures.guestTotalKib[slot] = (long) allocationKib;
        figures.usableKib[slot] = (long) allocationKib - usedKib;
        figures.unusedKib[slot] = (long) allocationKib - usedKib;
        figures.diskCacheKib[slot] = 0;
        figures.residentKib[slot] = residentKib();
        figures.cpuTimeNs[slot] = (long) cpuTimeNs;
        figures.cpuMillicores[slot] = cpuMillicores;
        figures.vcpuCount[slot] = spec.vcpuCount();
        figures.vcpuCountMax[slot] = spec.vcpuCount();
        figures.stalledNs[slot] = stalledNs;
    }

    /** Host memory behind it now, in reported KiB. */
    synchronized long residentKib() {
        return (long) (ram.residentPages() * kibPerPage);
    }

    /** What it has been through. Any thread, also after close. */
    synchronized GuestTotals totals() {
        long ranNs = elapsedNs < 0 ? 0 : elapsedNs - firstNs;
        return new GuestTotals(
                spec.name(),
                spec.curve().kind(),
                ranNs,
                stalledNs,
                stallCount,
                longestStallNs,
                allocationKibSeconds,
                usedKibSeconds,
                shortfallKibSeconds,
                spec.ceilingKib() * (ranNs / SECOND_NS),
                ram.touchedPages(),
                ram.reclaimedPages(),
                ram.checkedPages(),
                ram.badPages());
    }

    /** What it was granted and does not use, to be made resident; null once it has left. */
    synchronized @Nullable VmMemory memory() {
        if (departed) {
            return null;
        }
        int from = pages(usedKib);
        int to = Math.max(from, pages((long) allocationKib));
        ram.populating(to);
        return new VmMemory.Mapped(
                ram.memory(),
                ram.memory().segment().address(),
                ram.bytes(from),
                ram.bytes(to - from),
                ram.bytes(1) / kibPerPage,
                ram::populated);
    }

    /** The tasks that were told of and have not started. */
    List<CurveTask> upcomingTasks() {
        return tasks.upcoming();
    }

    /** Its memory, for tests. */
    GuestRam ram() {
        return ram;
    }

    /** Checks all that it holds a last time and frees it. Idempotent. */
    @Override
    public synchronized void close() {
        if (!departed) {
            departed = true;
            ram.checkAll();
        }
        ram.close();
    }

    private int pages(long kib) {
        return Math.min(ram.sizePages(), (int) Math.ceil(kib / kibPerPage));
    }
}
