package org.foreshape.numasculptor;

import java.util.List;
import org.foreshape.nativebindings.linux.RemoteProcess;
import org.jspecify.annotations.Nullable;

/**
 * The process of one VM, held by its pidfd, and which of its memory is the guest's RAM. One act at
 * a time; {@link #close} from any thread.
 */
public final class SculptTarget implements AutoCloseable {
    private final RemoteProcess process;
    private final ProcessReader reader;
    private final long startTicks;
    private final List<RamRange> ranges;
    private final @Nullable Pinning pinning;

    private SculptTarget(
            RemoteProcess process,
            ProcessReader reader,
            long startTicks,
            List<RamRange> ranges,
            @Nullable Pinning pinning) {
        this.process = process;
        this.reader = reader;
        this.startTicks = startTicks;
        this.ranges = ranges;
        this.pinning = pinning;
    }

    /**
     * Holds a process.
     *
     * @param pid its number
     * @param startTicks when it started, by {@link ProcessReader#startTicks}, read when it was
     *     known to be the right one
     * @param ranges the guest's RAM; see {@link ProcessReader#guestRam}
     * @param pinning how its threads are pinned; null: not at all
     * @return the target; the caller closes it
     * @throws SculptException the number means another process by now
     * @throws org.foreshape.nativebindings.linux.LinuxException ESRCH: there is no such process
     */
    public static SculptTarget open(
            int pid, long startTicks, List<RamRange> ranges, @Nullable Pinning pinning) {
        ProcessReader reader = ProcessReader.ofThisMachine();
        RemoteProcess process = RemoteProcess.open(pid);
        boolean same = false;
        try {
            // From here on the pidfd holds whatever has the number; its start tells who that is.
            same = reader.startTicks(pid) == startTicks && process.isAlive();
        } finally {
            if (!same) {
                process.close();
            }
        }
        if (!same) {
            throw new SculptException(
                    "process " + pid + " is not the one that was meant: it started later", null);
        }
        return new SculptTarget(process, reader, startTicks, List.copyOf(ranges), pinning);
    }

    /**
     * Its process's number.
     *
     * @return as given to {@link #open}
     */
    public int pid() {
        return process.pid();
    }

    /**
     * The guest's RAM.
     *
     * @return as given to {@link #open}
     */
    public List<RamRange> ranges() {
        return ranges;
    }

    /**
     * Whether the process still has its memory: it is neither gone nor a zombie nor about to be
     * one. What was read of it before is true if this is.
     *
     * @return false once it is dead
     */
    public boolean isThere() {
        try {
            return process.isAlive()
                    && reader.startTicks(pid()) == startTicks
                    && reader.hasMemory(pid())
                    && process.isAlive();
        } catch (SculptException gone) {
            return false;
        }
    }

    /** Lets go of the process. Idempotent. */
    @Override
    public void close() {
        process.close();
    }

    RemoteProcess process() {
        return process;
    }

    ProcessReader reader() {
        return reader;
    }

    @Nullable Pinning pinning() {
        return pinning;
    }
}
