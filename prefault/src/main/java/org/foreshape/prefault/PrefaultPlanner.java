package org.foreshape.prefault;

import java.util.Arrays;
import java.util.List;
import org.foreshape.nativebindings.linux.Errno;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the cheapest path that keeps every byte as it is. Pure: what it knows is given to it.
 *
 * <p>Its rules, each learnt from a trap: blocks are collapsed only where address and file offset
 * agree modulo 2 MiB; never where a page belongs to a balloon that stays inflated; never where the
 * huge page of zeros lies, since COLLAPSE says "done" there and does nothing.
 */
final class PrefaultPlanner {
    private static final long MIB = 1 << 20;

    /** A guest that hands free pages back was seen to do so within 3 s of their being freed. */
    private static final long REPORTING_NS = 1_000_000_000L;

    private final HostFacts host;
    private final PathRates rates;

    PrefaultPlanner(HostFacts host, PathRates rates) {
        this.host = host;
        this.rates = rates;
    }

    /** Plans for a range of another process. */
    PlannedAct plan(
            RamRange range,
            RangeMemory memory,
            RangeState state,
            Permits permits,
            PrefaultRequest request) {
        PageRanges allowed = allowed(range, request);
        if (allowed == null) {
            return unavailable(whyNotAllowed(request));
        }
        if (permits.touchErrno() != 0) {
            return unavailable(
                    "reading the memory of process %d is refused (%s): run as its user, or grant CAP_SYS_PTRACE."
                            .formatted(range.pid(), Errno.symbol(permits.touchErrno())));
        }
        return switch (range.kind()) {
            case ANONYMOUS -> anonymous(range, memory, state, permits, request, allowed);
            case MEMFD -> memfd(range, state, request, allowed);
            case TMPFS_ALIGNED ->
                    permits.collapseErrno() == 0 && range.isAligned()
                            ? tmpfs(range, state, request, allowed)
                            : memfd(range, state, request, allowed);
            case HUGETLB -> hugetlb(range, memory, state, request, allowed);
            case FILE_PRIVATE ->
                    unavailable(
                            "the memory is a private mapping of a file: the guest's first write"
                                    + " copies the page, whatever was populated before.");
            case FILE_SHARED ->
                    unavailable(
                            "the memory is a file of a disk: warm the page cache of the file"
                                    + " instead.");
            case OWN -> unavailable("memory of this process is given as such, not by its address.");
        };
    }

    /** Plans for a mapping of this process. */
    PlannedAct planOwn(long sizeBytes, PrefaultRequest request) {
        long end =
                request.lengthBytes() == 0
                        ? sizeBytes
                        : Math.min(sizeBytes, request.offsetBytes() + request.lengthBytes());
        if (request.lengthBytes() == 0 && request.balloonHeldBytes() != 0) {
            return unavailable(whyNotAllowed(request));
        }
        PageRanges wanted =
                PageRanges.of(Math.min(request.offsetBytes(), end), end).first(request.moreBytes());
        if (wanted.bytes() == 0) {
            return nothing("the part is empty.");
        }
        return act(
                PrefaultPath.OWN_POPULATE,
                "the memory is mapped in this process.",
                wanted.bytes(),
                0,
                request,
                wanted,
                new long[0],
                PrefaultPath.NONE);
    }

    private PlannedAct anonymous(
            RamRange range,
            RangeMemory memory,
            RangeState state,
            Permits permits,
            PrefaultRequest request,
            PageRanges allowed) {
        if (permits.collapseErrno() != 0) {
            return unavailable(
                    "collapsing memory of process %d is refused (%s): grant CAP_SYS_NICE."
                            .formatted(range.pid(), Errno.symbol(permits.collapseErrno())));
        }
        if (memory.isHugeForbidden()) {
            return unavailable("the memory is marked against huge pages (VmFlags nh).");
        }
        WantedBlocks blocks = new WantedBlocks(range, state, request, allowed);
        long lost = state.hugeZero().and(allowed).bytes();
        if (blocks.isEmpty()) {
            return lost > 0 ? askQemu(lost, request) : noBlocks(blocks);
        }
        boolean isFaultHuge = host.isFaultHuge(memory.isHugeAdvised());
        boolean isFresh = memory.residentBytes() == 0;
        if (isFresh && !(isFaultHuge && canReadHuge())) {
            return unavailable(
                    "no page of the memory was ever written, and the kernel collapses nothing"
                            + " before: wait until the guest runs.");
        }
        PrefaultPath opener =
                isFresh ? PrefaultPath.ANON_ZERO_PAGE : opener(isFaultHuge, request.cpuShareMax());
        boolean collapseFirst = request.isAfterBalloonCycle() || blocks.untouchedBytes() == 0;
        if (collapseFirst || opener == PrefaultPath.UNAVAILABLE) {
            String reason =
                    request.isAfterBalloonCycle()
                            ? "a balloon cycle left page tables behind, so collapsing is enough."
                            : blocks.untouchedBytes() == 0
                                    ? "every block has a page table, so collapsing is enough."
                                    : "only blocks that have a page table: for the others the"
                                            + " huge page switch is needed, and "
                                            + HostFacts.FOLDER
                                            + " is not writable: run as root.";
            return act(
                    PrefaultPath.ANON_COLLAPSE,
                    reason,
                    blocks.bytes(),
                    lost,
                    request,
                    allowed,
                    blocks.toArray(),
                    opener);
        }
        String reason =
                "%d MiB were never touched and have no page table; "
                        .formatted(blocks.untouchedBytes() / MIB);
        return act(
                opener,
                reason
                        + switch (opener) {
                            case ANON_SWITCH ->
                                    "a read would map the huge page of zeros, so huge pages are"
                                            + " switched off while they get one.";
                            case ANON_ZERO_PAGE ->
                                    isFresh
                                            ? "no page was ever written, so the kernel collapses"
                                                    + " nothing yet."
                                            : request.cpuShareMax() > 1
                                                    ? "reads that allocate huge pages can be"
                                                            + " shared by threads."
                                                    : "this kernel has no switch for huge pages of"
                                                            + " 2 MiB alone.";
                            default -> "a read of one byte gives them one.";
                        },
                blocks.bytes(),
                lost,
                request,
                allowed,
                blocks.toArray(),
                PrefaultPath.NONE);
    }

    /** How untouched blocks can be given a page table here. */
    private PrefaultPath opener(boolean isFaultHuge, double cpuShareMax) {
        if (!isFaultHuge) {
            return PrefaultPath.ANON_TOUCH;
        }
        if (cpuShareMax > 1 && canReadHuge()) {
            return PrefaultPath.ANON_ZERO_PAGE;
        }
        if (host.blockEnabled() != null) {
            return host.isBlockSwitchWritable()
                    ? PrefaultPath.ANON_SWITCH
                    : PrefaultPath.UNAVAILABLE;
        }
        return canReadHuge() ? PrefaultPath.ANON_ZERO_PAGE : PrefaultPath.UNAVAILABLE;
    }

    /** Whether a read of untouched memory can be made to allocate a huge page. */
    private boolean canReadHuge() {
        return host.isZeroPageWritable() || !host.isZeroPageUsed();
    }

    private PlannedAct memfd(
            RamRange range, RangeState state, PrefaultRequest request, PageRanges allowed) {
        PageRanges wanted = state.absent().and(allowed).first(request.moreBytes());
        if (wanted.bytes() == 0) {
            return nothing("all of it is resident already.");
        }
        // By size alone the kernel's switch rules memory files, and not files with a name.
        boolean isByWindows =
                host.fileWindows() != HostFacts.FileWindows.CLOSED
                        && range.name().startsWith(RamFinder.MEMFD_PREFIX);
        return act(
                isByWindows ? PrefaultPath.MEMFD_WINDOWS : PrefaultPath.MEMFD_MAP,
                (range.isAligned()
                                ? "collapsing is refused here"
                                : "address and file offset differ modulo 2 MiB, so no huge page can"
                                        + " be mapped")
                        + (isByWindows
                                ? "; the kernel allocates 64 KiB at once."
                                : "; pages of 4 KiB must do."),
                wanted.bytes(),
                0,
                request,
                wanted,
                new long[0],
                PrefaultPath.NONE);
    }

    private PlannedAct tmpfs(
            RamRange range, RangeState state, PrefaultRequest request, PageRanges allowed) {
        WantedBlocks blocks = new WantedBlocks(range, state, request, allowed);
        if (blocks.isEmpty()) {
            return noBlocks(blocks);
        }
        return act(
                PrefaultPath.TMPFS_COLLAPSE,
                "the file lies so that huge pages can be mapped.",
                blocks.bytes(),
                0,
                request,
                allowed,
                blocks.toArray(),
                PrefaultPath.NONE);
    }

    private PlannedAct hugetlb(
            RamRange range,
            RangeMemory memory,
            RangeState state,
            PrefaultRequest request,
            PageRanges allowed) {
        PageRanges absent = state.absent().and(allowed);
        long pageBytes = memory.kernelPageBytes();
        int countMax = (int) Math.ceilDiv(range.sizeBytes(), pageBytes);
        long[] pages = new long[countMax];
        int count = 0;
        for (long at = range.start();
                at < range.end() && count * pageBytes < request.moreBytes();
                at += pageBytes) {
            if (absent.bytesWithin(at, at + pageBytes) == pageBytes) {
                pages[count++] = at;
            }
        }
        if (count == 0) {
            return nothing("all of it is resident already.");
        }
        return act(
                PrefaultPath.HUGETLB_READ,
                "the memory comes from the pool of huge pages.",
                count * pageBytes,
                0,
                request,
                allowed,
                Arrays.copyOf(pages, count),
                PrefaultPath.NONE);
    }

    /** What may become resident; null when that cannot be told from what the balloon holds. */
    private static @Nullable PageRanges allowed(RamRange range, PrefaultRequest request) {
        if (request.lengthBytes() > 0) {
            long start = Math.min(range.end(), range.start() + request.offsetBytes());
            return PageRanges.of(start, Math.min(range.end(), start + request.lengthBytes()));
        }
        if (request.balloonHeldBytes() == 0) {
            return PageRanges.of(range.start(), range.end());
        }
        BalloonLedger ledger = request.ledger();
        if (ledger == null || request.balloonHeldBytes() == Long.MAX_VALUE) {
            return null;
        }
        long grantBytes = ledger.balloonBytes() - request.balloonHeldBytes();
        return ledger.nextGiven(Math.max(0, grantBytes));
    }

    private static String whyNotAllowed(PrefaultRequest request) {
        String held =
                request.balloonHeldBytes() == Long.MAX_VALUE
                        ? "how much the balloon will hold is not known"
                        : "the balloon will still hold "
                                + request.balloonHeldBytes() / MIB
                                + " MiB";
        return held
                + ", and its pages cannot be told from untouched memory: deflate it wholly, keep a"
                + " ledger of what it took, or name the part.";
    }

    private PlannedAct act(
            PrefaultPath path,
            String reason,
            long bytes,
            long lost,
            PrefaultRequest request,
            PageRanges wanted,
            long[] blocks,
            PrefaultPath fallback) {
        long expectedNs = rates.expectedNs(path, bytes, request.mibPerSecondMax());
        long delayNs =
                request.isFreePageReported()
                        ? Math.max(0, request.withinNs() - 2 * expectedNs - REPORTING_NS)
                        : 0;
        return new PlannedAct(
                new PrefaultPlan(path, reason, stepsOf(path), bytes, lost, expectedNs, delayNs),
                wanted,
                blocks,
                fallback);
    }

    private static PlannedAct unavailable(String why) {
        return without(PrefaultPath.UNAVAILABLE, why, 0);
    }

    private static PlannedAct nothing(String why) {
        return without(PrefaultPath.NONE, why, 0);
    }

    private static PlannedAct noBlocks(WantedBlocks blocks) {
        return blocks.heldCount() > 0
                ? unavailable(
                        "in each of %d blocks of 2 MiB the balloon may hold a page, and collapsing fills a block whole: deflate it wholly."
                                .formatted(blocks.heldCount()))
                : nothing("all of it is resident already.");
    }

    private static PlannedAct askQemu(long lost, PrefaultRequest request) {
        return without(
                PrefaultPath.QMP_PREALLOC,
                "%d MiB lie under the huge page of zeros, which only the guest's write or QEMU's own preallocation repairs%s."
                        .formatted(
                                lost / MIB,
                                request.isAfterBalloonCycle()
                                        ? "; where that ran before it does nothing a second time"
                                        : ""),
                lost);
    }

    private static PlannedAct without(PrefaultPath path, String why, long lost) {
        return new PlannedAct(
                new PrefaultPlan(path, why, stepsOf(path), 0, lost, 0, 0),
                new PageRanges(),
                new long[0],
                PrefaultPath.NONE);
    }

    private static List<PrefaultStep> stepsOf(PrefaultPath path) {
        return switch (path) {
            case NONE, UNAVAILABLE -> List.of();
            case ANON_SWITCH, ANON_ZERO_PAGE ->
                    List.of(PrefaultStep.SWITCH, PrefaultStep.TOUCH_BLOCKS, PrefaultStep.COLLAPSE);
            case ANON_TOUCH, TMPFS_COLLAPSE ->
                    List.of(PrefaultStep.TOUCH_BLOCKS, PrefaultStep.COLLAPSE);
            case ANON_COLLAPSE -> List.of(PrefaultStep.COLLAPSE);
            case MEMFD_MAP -> List.of(PrefaultStep.POPULATE_FILE, PrefaultStep.TOUCH_WINDOWS);
            case MEMFD_WINDOWS ->
                    List.of(
                            PrefaultStep.SWITCH,
                            PrefaultStep.POPULATE_FILE,
                            PrefaultStep.TOUCH_WINDOWS);
            case HUGETLB_READ -> List.of(PrefaultStep.TOUCH_BLOCKS);
            case OWN_POPULATE -> List.of(PrefaultStep.POPULATE_OWN);
            case QMP_PREALLOC -> List.of(PrefaultStep.ASK_QEMU);
        };
    }
}
