package org.foreshape.prefault;

import java.io.IOException;
import java.util.Arrays;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.LinuxException;
import org.foreshape.nativebindings.linux.RemotePages;
import org.foreshape.prefault.PrefaultReport.Stop;

/**
 * What acts on another process share: single calls, each with the meaning of its errors, and the
 * threads that an act may use. Of the thread that made it.
 */
final class RemoteAct implements AutoCloseable {
    /** A busy block is tried so often; the pages of a guest under load are busy for moments. */
    private static final int TRIES = 3;

    /** So many blocks in a row without a huge page: the host has none. */
    private static final int NO_MEMORY_MAX = 4;

    private final RamRange range;
    private final RemotePages pages;
    private final ActControl control;
    private final ActTally tally;
    private final RemotePages[] ofLane;
    private final Lanes lanes;
    private final TouchWork touching;
    private int noMemoryCount;

    /**
     * Starts as many threads as the control allows.
     *
     * @param pages the act's own handle of the process, which stays the caller's
     */
    RemoteAct(RamRange range, RemotePages pages, ActControl control, ActTally tally) {
        this.range = range;
        this.pages = pages;
        this.control = control;
        this.tally = tally;
        this.ofLane = handles(pages, control.laneCount());
        this.lanes = new Lanes(ofLane.length);
        this.touching = new TouchWork(ofLane, control);
    }

    /** One handle a lane; fewer when the process is gone, which the act then finds out itself. */
    private static RemotePages[] handles(RemotePages own, int count) {
        RemotePages[] all = new RemotePages[count];
        all[0] = own;
        for (int i = 1; i < count; i++) {
            try {
                all[i] = RemotePages.open(own.pid());
            } catch (LinuxException e) {
                return Arrays.copyOf(all, i);
            }
            // While the first process lives its number is nobody else's.
            if (!own.isAlive()) {
                all[i].close();
                return Arrays.copyOf(all, i);
            }
        }
        return all;
    }

    /** Ends the helpers; not the handle that was given. */
    @Override
    public void close() {
        lanes.close();
        for (int i = 1; i < ofLane.length; i++) {
            ofLane[i].close();
        }
    }

    /** The threads of the act. */
    Lanes lanes() {
        return lanes;
    }

    RamRange range() {
        return range;
    }

    RemotePages pages() {
        return pages;
    }

    ActControl control() {
        return control;
    }

    ActTally tally() {
        return tally;
    }

    /** The control's limits, and the process. */
    Stop before(long chargeBytes) throws IOException {
        Stop stop = control.before(chargeBytes);
        return stop == Stop.DONE && !pages.isAlive() ? Stop.PROCESS_GONE : stop;
    }

    /**
     * Reads a byte at each address, by all threads of the act.
     *
     * @return DONE, or why it ended; the failure is counted
     */
    Stop touch(PrefaultStep step, long[] addresses, int from, int count, long bytes)
            throws IOException {
        long startNs = System.nanoTime();
        touching.set(addresses, from, count, step == PrefaultStep.TOUCH_BLOCKS);
        lanes.run(touching);
        Stop stop = touching.stop();
        if (touching.result() != 0) {
            stop = failed(step, touching.result(), touching.failedAddress());
        }
        tally.add(step, touching.calls(), bytes, System.nanoTime() - startNs);
        return stop;
    }

    /**
     * Collapses blocks that follow each other. The kernel waits for all CPUs once in each call, so
     * one call for many blocks is much faster on a busy host than a call for each.
     *
     * @param address the first block
     * @param bytes of all blocks
     * @param isRefusalCounted whether EINVAL is a failure, or a matter of the next step
     * @return DONE when all are huge now, UNAVAILABLE when one was refused with EINVAL, FAILED when
     *     one stays as it is for another reason; else why the act must end
     */
    Stop collapse(long address, long bytes, boolean isRefusalCounted) throws IOException {
        int result = pages.collapse(address, bytes);
        for (int i = 1; i < TRIES && isBusy(result); i++) {
            result = pages.collapse(address, bytes);
        }
        if (result == 0) {
            noMemoryCount = 0;
            return Stop.DONE;
        }
        if (bytes > RamRange.BLOCK_BYTES && isOfOneBlock(result)) {
            // Which block it was is found out by the caller, one by one.
            return result == -Errno.EINVAL ? Stop.UNAVAILABLE : Stop.FAILED;
        }
        if (result == -Errno.EINVAL) {
            if (isRefusalCounted) {
                tally.fail(PrefaultStep.COLLAPSE, result, address);
            }
            return Stop.UNAVAILABLE;
        }
        if (isBusy(result)) {
            tally.fail(PrefaultStep.COLLAPSE, result, address);
            return Stop.FAILED;
        }
        Stop stop = failed(PrefaultStep.COLLAPSE, result, address);
        if (stop == Stop.HOST_MEMORY && ++noMemoryCount < NO_MEMORY_MAX) {
            return Stop.FAILED;
        }
        return stop;
    }

    private static boolean isOfOneBlock(int result) {
        return isBusy(result) || result == -Errno.EINVAL || result == -Errno.ENOMEM;
    }

    /** Counts a failure and tells what it means for the act, looking at the mappings again. */
    Stop failed(PrefaultStep step, int result, long address) throws IOException {
        tally.fail(step, result, address);
        return switch (-result) {
            case Errno.ESRCH -> Stop.PROCESS_GONE;
            case Errno.EPERM, Errno.EACCES -> Stop.NOT_PERMITTED;
            case Errno.ENOMEM -> RamFinder.isStillThere(range) ? Stop.HOST_MEMORY : Stop.RANGE_GONE;
            case Errno.EFAULT -> RamFinder.isStillThere(range) ? Stop.FAILED : Stop.RANGE_GONE;
            default -> Stop.FAILED;
        };
    }

    private static boolean isBusy(int result) {
        return result == -Errno.EAGAIN || result == -Errno.EBUSY || result == -Errno.EINTR;
    }
}
