package org.foreshape.prefault.pages;

import java.util.ArrayList;
import java.util.List;
import org.foreshape.nativebindings.linux.Descriptor;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.FaultMessages;
import org.foreshape.nativebindings.linux.Userfaultfd;
import org.jspecify.annotations.Nullable;

/**
 * Answers the messages of one guest. Of one thread, which is what makes it right: a removal that
 * was read is noted before any later page is installed, and the kernel puts installs off while one
 * is still unread. Allocates nothing, takes no lock and logs nothing.
 */
final class FaultServer {
    /** More faults than this cannot wait at once but for a guest of as many threads. */
    private static final int DEFERRED_MAX = 1024;

    private static final int PAGE = GuestMapping.BASE_PAGE_BYTES;

    private final Userfaultfd uffd;
    private final RegionTable regions;
    private final PageLedger ledger;
    private final PageInstaller installer;
    private final RestoreCounters counters;
    private final @Nullable WorkingSetRecorder recorder;
    private final long windowBytes;
    private final long[] deferred = new long[DEFERRED_MAX];
    private final List<Descriptor> children = new ArrayList<>();
    private int deferredCount;
    private int lastErrno;
    private boolean ownerGone;

    FaultServer(
            Userfaultfd uffd,
            RegionTable regions,
            PageLedger ledger,
            PageInstaller installer,
            RestoreCounters counters,
            @Nullable WorkingSetRecorder recorder,
            int windowPages) {
        this.uffd = uffd;
        this.regions = regions;
        this.ledger = ledger;
        this.installer = installer;
        this.counters = counters;
        this.recorder = recorder;
        this.windowBytes = (long) windowPages * PAGE;
    }

    /**
     * Reads the messages that wait and answers them; then tries again what was put off.
     *
     * @param sinceNs when the thread was woken, from which service times count
     * @return how many messages there were, or the negated error number but EAGAIN
     */
    int serve(long sinceNs) {
        int count = uffd.read(ledger.messages());
        if (count > 0) {
            handle(count, sinceNs);
        } else if (count == -Errno.EAGAIN) {
            count = 0;
        }
        if (deferredCount > 0) {
            retry();
        }
        return count;
    }

    /** Handles what a server that is gone may have read and not handled: all but faults. */
    void recover() {
        handleChanges(ledger.messages().capacity(), false);
        for (int i = 0; i < ledger.messages().capacity(); i++) {
            ledger.forget(i);
        }
        // Threads whose faults were read and never answered touch again.
        for (int region = 0; region < regions.count(); region++) {
            uffd.wake(regions.start(region), regions.end(region) - regions.start(region));
        }
    }

    /**
     * The userfaultfds of children that the owner has forked. They are not served, and must stay
     * open: a child of a closed one gets zero pages for its parent's content.
     */
    List<Descriptor> children() {
        return children;
    }

    boolean hasDeferred() {
        return deferredCount > 0;
    }

    boolean isOwnerGone() {
        return ownerGone;
    }

    /** The error number of the last call that failed for a reason of its own; 0 for none. */
    int lastErrno() {
        return lastErrno;
    }

    private void handle(int count, long sinceNs) {
        // Changes first: a fault of the same batch may be of a page that is being removed.
        handleChanges(count, true);
        FaultMessages messages = ledger.messages();
        for (int i = 0; i < count; i++) {
            if (messages.kind(i) == FaultMessages.PAGE_FAULT) {
                counters.add(PageCounter.FAULTS, 1);
                fault(messages.address(i), sinceNs);
            }
            ledger.forget(i);
        }
    }

    private void handleChanges(int count, boolean fresh) {
        FaultMessages messages = ledger.messages();
        for (int i = 0; i < count; i++) {
            switch (messages.kind(i)) {
                case FaultMessages.REMOVE -> {
                    counters.add(PageCounter.REMOVES, 1);
                    remove(messages.start(i), messages.end(i));
                }
                case FaultMessages.UNMAP -> {
                    counters.add(PageCounter.UNMAPS, 1);
                    remove(messages.start(i), messages.end(i));
                }
                case FaultMessages.REMAP -> {
                    counters.add(PageCounter.REMAPS, 1);
                    if (!regions.move(
                            messages.start(i), messages.end(i), messages.lengthBytes(i))) {
                        failed(Errno.ENOSPC);
                    }
                    ledger.save(regions);
                }
                case FaultMessages.FORK -> {
                    counters.add(PageCounter.FORKS, 1);
                    if (fresh) {
                        children.add(messages.child(i));
                    }
                }
                default -> {}
            }
        }
    }

    private void remove(long start, long end) {
        for (int region = 0; region < regions.count(); region++) {
            long from = Math.max(start, regions.start(region));
            long to = Math.min(end, regions.end(region));
            if (from < to) {
                long pages = (to - from) / PAGE;
                ledger.mark(regions.toFile(region, from) / PAGE, pages, PageLedger.REMOVED);
                counters.add(PageCounter.REMOVED_PAGES, pages);
            }
        }
    }

    private void fault(long address, long sinceNs) {
        long result = answer(address, sinceNs);
        if (result < 0) {
            defer(address, (int) -result);
        }
    }

    /** Tries again in the order of arrival; what still cannot be answered stays. */
    private void retry() {
        int kept = 0;
        int count = deferredCount;
        long nowNs = System.nanoTime();
        for (int i = 0; i < count; i++) {
            long result = answer(deferred[i], nowNs);
            if (result < 0) {
                note((int) -result);
                deferred[kept] = deferred[i];
                kept++;
            }
        }
        deferredCount = kept;
    }

    private void defer(long address, int errno) {
        note(errno);
        counters.add(PageCounter.DEFERRED, 1);
        if (deferredCount < DEFERRED_MAX) {
            deferred[deferredCount] = address;
            deferredCount++;
        } else {
            // No room to remember it: its thread touches again and tells us anew.
            uffd.wake(address & -PAGE, PAGE);
        }
    }

    private void note(int errno) {
        if (errno == Errno.EAGAIN) {
            counters.add(PageCounter.PUT_OFF, 1);
        } else {
            failed(errno);
        }
    }

    private void failed(int errno) {
        counters.add(PageCounter.FAILED_CALLS, 1);
        lastErrno = errno;
        ownerGone |= errno == Errno.ESRCH;
    }

    /** 0 when the fault is answered, else the negated error number. */
    private long answer(long address, long sinceNs) {
        int region = regions.find(address);
        if (region < 0) {
            counters.add(PageCounter.STRAY, 1);
            uffd.wake(address & -PAGE, PAGE);
            return 0;
        }
        long pageBytes = regions.pageBytes(region);
        long start = address & -pageBytes;
        long offset = regions.toFile(region, start);
        if (ledger.state(offset / PAGE) != PageLedger.FRESH) {
            long result = installer.answerAgain(start, offset, pageBytes);
            if (result > 0) {
                counters.add(PageCounter.ZERO_PAGES, result / PAGE);
                counters.addTime(System.nanoTime() - sinceNs);
                return 0;
            }
            return settle(result, start, pageBytes);
        }
        return bring(region, start, offset, sinceNs);
    }

    /** Installs the page of a fault and those around it that were never installed. */
    private long bring(int region, long start, long offset, long sinceNs) {
        long pageBytes = regions.pageBytes(region);
        long window = Math.max(windowBytes, pageBytes);
        long regionOffset = regions.fileOffset(region);
        long windowStart = Math.max(regionOffset, offset - (offset - regionOffset) % window);
        long windowEnd =
                Math.min(
                        windowStart + window,
                        regionOffset + regions.end(region) - regions.start(region));
        long from = offset;
        while (from > windowStart && ledger.state(from / PAGE - 1) == PageLedger.FRESH) {
            from -= pageBytes;
        }
        long to = offset + pageBytes;
        while (to < windowEnd && ledger.state(to / PAGE) == PageLedger.FRESH) {
            to += pageBytes;
        }
        long done = installer.install(regions.toAddress(region, from), from, to - from);
        if (done > 0) {
            ledger.mark(from / PAGE, done / PAGE, PageLedger.INSTALLED);
        }
        if ((done > 0 && from + done <= offset) || (done == -Errno.EEXIST && from < offset)) {
            // A page before it was there already and ended the call.
            from = offset;
            done = installer.install(start, offset, pageBytes);
            if (done > 0) {
                ledger.mark(offset / PAGE, done / PAGE, PageLedger.INSTALLED);
            }
        }
        if (done <= 0) {
            if (done == -Errno.EEXIST) {
                ledger.mark(offset / PAGE, pageBytes / PAGE, PageLedger.INSTALLED);
            }
            return settle(done, start, pageBytes);
        }
        long nowNs = System.nanoTime();
        counters.addTime(nowNs - sinceNs);
        counters.add(PageCounter.DEMAND_FAULTS, 1);
        counters.add(PageCounter.DEMAND_PAGES, done / PAGE);
        if (recorder != null) {
            recorder.note(from / PAGE, done / PAGE, nowNs);
        }
        return 0;
    }

    private long settle(long result, long start, long pageBytes) {
        if (result == -Errno.EEXIST || result == -Errno.ENOENT) {
            // There already, or registered no longer: the thread can go on without us.
            counters.add(PageCounter.PRESENT, 1);
            uffd.wake(start, pageBytes);
            return 0;
        }
        return result;
    }
}
