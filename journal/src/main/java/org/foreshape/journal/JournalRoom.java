package org.foreshape.journal;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import net.openhft.chronicle.queue.RollCycle;
import org.foreshape.nativebindings.NativeException;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.FileSpace;
import org.foreshape.nativebindings.linux.LinuxException;
import org.jspecify.annotations.Nullable;

/**
 * Room on the disk for what the journal will write: blocks of the present file are reserved ahead
 * of the writer, and the next file is made, with its first blocks, before it is due. A store
 * through a mapping of a full disk is a SIGBUS and may leave half a record; a reservation that
 * fails is an error before anything was written.
 *
 * <p>It takes no room that would leave less than a floor to others. While little is reserved and no
 * more can be had, {@link #shortage} tells so: then events that may be shed should be. What must
 * not be lost is written to the end of the reservation.
 *
 * <p>The writer asks {@link #covers} before each record and calls {@link #enter} when it does not;
 * a thread beside it calls {@link #keep}, so that this is rare.
 */
final class JournalRoom implements AutoCloseable {
    /** What Chronicle may write besides a record: an array of its index, an end mark, headers. */
    static final long SLACK_BYTES = 256 << 10;

    private static final int STEPS = 4;
    private static final long PAGE_BYTES = 4096;
    private static final int NONE = Integer.MIN_VALUE;

    private final Path directory;
    private final RollCycle rolls;
    private final DateTimeFormatter names;
    private final long floorBytes;
    private final long aheadBytes;
    private final long stepBytes;

    private volatile int cycle = NONE;
    private volatile long reservedEnd;
    private volatile @Nullable String shortage;

    private @Nullable FileSpace current;
    private @Nullable FileSpace next;
    private int nextCycle = NONE;
    private long nextReservedEnd;
    private boolean reservable = true;

    /** What was reserved behind the end of a file that is complete may be taken for the next. */
    private long givenBackBytes;

    /**
     * Room for a journal.
     *
     * @param directory where the journal lies
     * @param rolls how it rolls
     * @param floorBytes usable space of the file system that is left to others
     * @param aheadBytes what to reserve ahead of the writer
     */
    JournalRoom(Path directory, RollCycle rolls, long floorBytes, long aheadBytes) {
        this.directory = directory;
        this.rolls = rolls;
        this.names = DateTimeFormatter.ofPattern(rolls.format()).withZone(ZoneOffset.UTC);
        this.floorBytes = floorBytes;
        this.aheadBytes = aheadBytes;
        this.stepBytes = Math.ceilDiv(aheadBytes, STEPS * PAGE_BYTES) * PAGE_BYTES;
    }

    /** Whether a record that ends there may be written now. The writer's; does not allocate. */
    boolean covers(int inCycle, long endBytes) {
        return inCycle == cycle && endBytes <= reservedEnd;
    }

    /** Why no more room can be had though there is little left, or null. Any thread. */
    @Nullable String shortage() {
        return shortage;
    }

    /**
     * Makes sure that a record can be written. For the writer, where {@link #covers} said no.
     *
     * @param inCycle the file's
     * @param fromBytes where the record begins in the file, 0 in a new one
     * @param endBytes where it ends
     * @throws IOException the disk is full; nothing was written
     */
    synchronized void enter(int inCycle, long fromBytes, long endBytes) throws IOException {
        try {
            if (inCycle != cycle) {
                change(inCycle);
                reservedEnd = Math.max(reservedEnd, fromBytes / PAGE_BYTES * PAGE_BYTES);
            }
            if (endBytes > reservedEnd && current != null) {
                reservedEnd = extend(current, reservedEnd, endBytes);
            }
        } catch (FileSystemException | NativeException e) {
            throw new IOException(text(e), e);
        }
    }

    private static String text(Exception e) {
        if (e instanceof LinuxException refused && refused.errno() == Errno.ENOSPC) {
            return "disk full: " + e.getMessage();
        }
        return e instanceof FileSystemException ? e.toString() : String.valueOf(e.getMessage());
    }

    /**
     * Reserves ahead, and makes the next file.
     *
     * @param inCycle the writer's file
     * @param position where the writer stands in it, or stood a moment before
     */
    synchronized void keep(int inCycle, long position) {
        FileSpace file = current;
        if (file == null || inCycle != cycle) {
            return;
        }
        String fault = null;
        try {
            while (reservedEnd - position < aheadBytes) {
                reservedEnd = extend(file, reservedEnd, reservedEnd + stepBytes);
            }
            prepareNext();
        } catch (IOException | NativeException e) {
            fault = text(e);
        }
        boolean little = reservedEnd - position < aheadBytes / 2 || next == null;
        if (fault == null) {
            shortage = null;
            givenBackBytes = 0;
        } else if (little || shortage != null) {
            shortage = fault;
        }
    }

    /** Takes the file of another cycle in hand, the prepared one where it is that. */
    private void change(int toCycle) throws IOException {
        closeCurrent();
        FileSpace prepared = next;
        boolean isPrepared = prepared != null && nextCycle == toCycle;
        if (!isPrepared && Files.exists(file(toCycle))) {
            current = FileSpace.open(file(toCycle));
            reservedEnd = 0;
        } else if (prepared != null) {
            // Where it is the prepared one Chronicle may have taken it already, between two looks.
            if (!isPrepared) {
                Files.move(preparedFile(nextCycle), preparedFile(toCycle));
            }
            current = prepared;
            next = null;
            nextCycle = NONE;
            reservedEnd = nextReservedEnd;
        } else {
            // Chronicle takes a file of that name for the one to create.
            current = FileSpace.open(preparedFile(toCycle));
            reservedEnd = 0;
        }
        cycle = toCycle;
    }

    private void prepareNext() throws IOException {
        if (next == null && reservable) {
            int due = cycle + 1;
            try (FileSpace made = FileSpace.open(preparedFile(due))) {
                nextReservedEnd = extend(made, 0, stepBytes);
            }
            next = FileSpace.open(preparedFile(due));
            nextCycle = due;
        }
    }

    /** Reserves at least to an end, by a whole step where there is room for that. */
    private long extend(FileSpace file, long from, long toAtLeast) throws IOException {
        long usableBytes = directory.toFile().getUsableSpace();
        long lengthBytes = Math.max(toAtLeast - from, stepBytes);
        if (usableBytes - lengthBytes < floorBytes) {
            lengthBytes = Math.ceilDiv(toAtLeast - from, PAGE_BYTES) * PAGE_BYTES;
        }
        boolean givenBack = lengthBytes <= givenBackBytes;
        if (!givenBack) {
            checkFloor(directory, floorBytes, lengthBytes);
        }
        if (reservable) {
            reservable = file.reserve(from, lengthBytes);
        }
        givenBackBytes -= givenBack ? lengthBytes : 0;
        return from + lengthBytes;
    }

    /**
     * Looks whether so many bytes can be taken and a floor is left.
     *
     * @throws IOException they cannot: the sentence says what there is and what must stay
     */
    static void checkFloor(Path directory, long floorBytes, long takenBytes) throws IOException {
        long usableBytes = directory.toFile().getUsableSpace();
        if (usableBytes - takenBytes < floorBytes) {
            throw new IOException(
                    "disk full: the file system of journal "
                            + directory
                            + " has "
                            + (usableBytes >> 20)
                            + " MiB left, "
                            + (floorBytes >> 20)
                            + " MiB must stay free; remove something or prune the journal");
        }
    }

    /** Gives back what was reserved behind the end of a file that is complete. */
    synchronized void leave(long endBytes) {
        FileSpace file = current;
        long from = Math.ceilDiv(endBytes + SLACK_BYTES, PAGE_BYTES) * PAGE_BYTES;
        if (file != null && reservable && from < reservedEnd) {
            try {
                file.release(from);
                givenBackBytes += reservedEnd - from;
                reservedEnd = from;
            } catch (NativeException e) {
                // It stays reserved until the file is pruned.
                return;
            }
        }
    }

    /** Lets go of the files; those that nothing was written to are removed. */
    @Override
    public synchronized void close() {
        if (cycle != NONE) {
            preparedFile(cycle).toFile().delete();
            preparedFile(cycle + 1).toFile().delete();
        }
        closeCurrent();
        FileSpace prepared = next;
        next = null;
        if (prepared != null) {
            prepared.close();
        }
    }

    private void closeCurrent() {
        FileSpace before = current;
        current = null;
        cycle = NONE;
        reservedEnd = 0;
        if (before != null) {
            before.close();
        }
    }

    private Path file(int ofCycle) {
        return directory.resolve(name(ofCycle) + ".cq4");
    }

    /** Named as Chronicle wants it, see its class PrecreatedFiles. */
    private Path preparedFile(int ofCycle) {
        return directory.resolve(name(ofCycle) + ".precreated");
    }

    private String name(int ofCycle) {
        return names.format(Instant.ofEpochMilli((long) ofCycle * rolls.lengthInMillis()));
    }
}
