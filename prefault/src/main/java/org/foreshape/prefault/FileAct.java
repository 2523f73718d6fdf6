package org.foreshape.prefault;

import java.io.IOException;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.SharedFile;
import org.foreshape.prefault.PrefaultReport.Stop;
import org.jspecify.annotations.Nullable;

/**
 * Makes pages of a memory file resident in a guest: allocates them through a mapping of our own, in
 * which POPULATE_WRITE changes nothing, then reads one byte per 64 KiB, for which the kernel maps
 * all 16 pages around that are cached. Where the kernel can allocate those 16 as one, it is asked
 * to: only where all of them are wanted, and it does so only where none of them is there. Buffers
 * are made once; a batch allocates nothing but what holding a switch does.
 */
final class FileAct {
    /** Has pages of 64 KiB allocated while something runs. */
    interface Windows {
        /** Runs it. */
        void during(HugePageSwitch.Held populating) throws IOException;
    }

    /** What the kernel maps around a read fault (fault_around_bytes). */
    private static final long WINDOW_BYTES = 64 << 10;

    private static final long PAGE_BYTES = 4096;

    /** 32 MiB a thread between two looks at the limits: about 25 ms of work. */
    private static final long BATCH_BYTES_MAX = 32 << 20;

    /** The same in time where the kernel allocates 64 KiB at once: one hold of the switch. */
    private static final long WINDOWS_BATCH_BYTES_MAX = 128 << 20;

    /** So many pieces a thread, so that one that lost its CPU does not hold up the others. */
    private static final int PIECES_PER_LANE = 2;

    private static final long BATCH_BYTES_MIN = 1 << 20;

    /** A batch of single absent pages has the most pieces; it ends with so many. */
    private static final int PIECES_MAX = 8192;

    private final RemoteAct act;
    private final @Nullable Windows windows;

    /** Pieces of which all is wanted, up to the borders of pages of 64 KiB where there are some. */
    private final PopulateWork whole;

    /** What is left of ranges before and behind those borders. */
    private final PopulateWork rest;

    private final long batchBytes;
    private final long pieceBytes;
    private final long[] addresses;
    private int addressCount;

    /**
     * Stores what it works with.
     *
     * @param windows null: pages of 4 KiB only
     */
    FileAct(RemoteAct act, SharedFile file, @Nullable Windows windows) {
        this.act = act;
        this.windows = windows;
        int lanes = act.lanes().count();
        this.whole = new PopulateWork(file, act.control(), PIECES_MAX);
        this.rest = new PopulateWork(file, act.control(), windows == null ? 0 : PIECES_MAX);
        long bytesMax = windows == null ? BATCH_BYTES_MAX : WINDOWS_BATCH_BYTES_MAX;
        this.batchBytes = act.control().batchBytes(bytesMax * lanes, BATCH_BYTES_MIN);
        long share = batchBytes / lanes / (lanes == 1 ? 1 : PIECES_PER_LANE);
        this.pieceBytes = Math.max(WINDOW_BYTES, share / WINDOW_BYTES * WINDOW_BYTES);
        // Each piece may reach into a window more than it is long.
        this.addresses = new long[(int) (batchBytes / WINDOW_BYTES) + 2 * PIECES_MAX];
    }

    /** Populates the pages that the plan wants. */
    Stop run(PageRanges wanted) throws IOException {
        int i = 0;
        long at = wanted.count() == 0 ? 0 : wanted.start(0);
        while (i < wanted.count()) {
            Stop stop = act.before(batchBytes);
            if (stop != Stop.DONE) {
                return stop;
            }
            long bytes = 0;
            addressCount = 0;
            whole.clear();
            rest.clear();
            while (i < wanted.count() && bytes < batchBytes && !isFull()) {
                long length = add(at, wanted.end(i) - at, batchBytes - bytes);
                addWindows(at, at + length);
                bytes += length;
                at += length;
                if (at == wanted.end(i) && ++i < wanted.count()) {
                    at = wanted.start(i);
                }
            }
            stop = populateBoth();
            if (stop == Stop.DONE) {
                stop = act.touch(PrefaultStep.TOUCH_WINDOWS, addresses, 0, addressCount, bytes);
            }
            act.control().after(bytes);
            if (stop != Stop.DONE) {
                return stop;
            }
        }
        return Stop.DONE;
    }

    /** Adds a piece that begins at an address; returns how long it is. */
    private long add(long address, long leftBytes, long roomBytes) {
        long offset = offset(address);
        long length = Math.min(leftBytes, Math.min(pieceBytes, roomBytes));
        if (windows != null) {
            long toBorder = Math.ceilDiv(offset, WINDOW_BYTES) * WINDOW_BYTES - offset;
            if (toBorder > 0 || leftBytes < WINDOW_BYTES) {
                long bytes = toBorder > 0 ? Math.min(leftBytes, toBorder) : leftBytes;
                rest.add(offset, bytes);
                return bytes;
            }
            length = Math.max(WINDOW_BYTES, length / WINDOW_BYTES * WINDOW_BYTES);
        }
        whole.add(offset, length);
        return length;
    }

    private boolean isFull() {
        return whole.isFull() || (windows != null && rest.isFull());
    }

    private Stop populateBoth() throws IOException {
        Windows large = windows;
        if (large == null || whole.isEmpty()) {
            Stop stop = populate(whole);
            return stop == Stop.DONE ? populate(rest) : stop;
        }
        Stop[] stop = {Stop.DONE};
        long startNs = System.nanoTime();
        large.during(() -> stop[0] = populate(whole));
        act.tally().add(PrefaultStep.SWITCH, 1, whole.doneBytes(), System.nanoTime() - startNs);
        return stop[0] == Stop.DONE ? populate(rest) : stop[0];
    }

    private Stop populate(PopulateWork work) throws IOException {
        if (work.isEmpty()) {
            return Stop.DONE;
        }
        long startNs = System.nanoTime();
        act.lanes().run(work);
        act.tally()
                .add(
                        PrefaultStep.POPULATE_FILE,
                        work.calls(),
                        work.doneBytes(),
                        System.nanoTime() - startNs);
        return work.result() == 0
                ? act.control().during()
                : failed(work.result(), address(work.failedOffset()));
    }

    /**
     * Reads a byte of each page that is cached by now and was not mapped around another: the kernel
     * leaves out pages that are busy in that moment.
     */
    Stop touchEach(PageRanges rest) throws IOException {
        addressCount = 0;
        for (int i = 0; i < rest.count(); i++) {
            for (long at = rest.start(i); at < rest.end(i); at += PAGE_BYTES) {
                addresses[addressCount++] = at;
                if (addressCount == addresses.length) {
                    Stop stop = touchCollected();
                    if (stop != Stop.DONE) {
                        return stop;
                    }
                }
            }
        }
        return addressCount == 0 ? Stop.DONE : touchCollected();
    }

    private Stop touchCollected() throws IOException {
        Stop stop = act.before(addressCount * PAGE_BYTES);
        if (stop == Stop.DONE) {
            // Their bytes were counted when they were populated.
            stop = act.touch(PrefaultStep.TOUCH_WINDOWS, addresses, 0, addressCount, 0);
            act.control().after(addressCount * PAGE_BYTES);
        }
        addressCount = 0;
        return stop;
    }

    /** One address in each window that the range reaches into, and always one that is absent. */
    private void addWindows(long start, long end) {
        for (long window = start / WINDOW_BYTES * WINDOW_BYTES;
                window < end;
                window += WINDOW_BYTES) {
            addresses[addressCount++] = Math.max(start, window);
        }
    }

    private Stop failed(int result, long address) throws IOException {
        act.tally().fail(PrefaultStep.POPULATE_FILE, result, address);
        return switch (-result) {
            case Errno.ENOMEM -> Stop.HOST_MEMORY;
            case Errno.EPERM, Errno.EACCES -> Stop.NOT_PERMITTED;
            // The file was cut: the guest is ending, or its memory was unplugged.
            case Errno.EFAULT ->
                    RamFinder.isStillThere(act.range()) ? Stop.FAILED : Stop.RANGE_GONE;
            default -> Stop.FAILED;
        };
    }

    private long address(long offset) {
        return offset - act.range().fileOffsetBytes() + act.range().start();
    }

    private long offset(long address) {
        return address - act.range().start() + act.range().fileOffsetBytes();
    }
}
