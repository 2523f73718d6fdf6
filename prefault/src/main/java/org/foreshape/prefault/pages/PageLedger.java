package org.foreshape.prefault.pages;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.foreshape.nativebindings.linux.Descriptor;
import org.foreshape.nativebindings.linux.FaultMessages;
import org.foreshape.nativebindings.linux.MappedMemory;

/**
 * What must outlive a killed server, in a memory file that the keeper holds as well: which pages
 * were installed, which were removed, and the messages that are being handled. The kernel writes
 * messages straight into it, so a removal that was read is never lost; handling one twice does no
 * harm.
 *
 * <pre>
 *  0     magic, version          8  pid           16  bytes of the memory file
 *  24    its time of change, ns  32 page count    40  region count   44  1 for shared memory
 *  64    regions: address, size, file offset, page size; 64 of 32 bytes
 *  2560  path of the memory file: length, UTF-8
 *  4096  messages: 128 of 32 bytes; a kind of 0 means handled
 *  8192  one byte per page of the memory file: fresh, installed or removed
 * </pre>
 */
final class PageLedger implements AutoCloseable {
    static final int MESSAGES_MAX = 128;

    /** Never installed: the memory file has its content. */
    static final byte FRESH = 0;

    /** Was installed; when it is absent again it must have been removed, and is zero. */
    static final byte INSTALLED = 1;

    /** Was removed by its owner: zero from then on. */
    static final byte REMOVED = 2;

    private static final int MAGIC = 0x4653504C;
    private static final int VERSION = 1;
    private static final long REGIONS = 64;
    private static final long REGION_BYTES = 32;
    private static final long PATH = 2560;
    private static final int PATH_BYTES_MAX = 1500;
    private static final long MESSAGES = 4096;
    private static final long STATES = 8192;

    private final Arena arena;
    private final MemorySegment segment;
    private final MemorySegment states;
    private final Descriptor descriptor;
    private final FaultMessages messages;

    private PageLedger(Arena arena, MemorySegment segment, Descriptor descriptor) {
        this.arena = arena;
        this.segment = segment;
        this.states = segment.asSlice(STATES);
        this.descriptor = descriptor;
        this.messages =
                FaultMessages.over(
                        segment.asSlice(
                                MESSAGES, (long) MESSAGES_MAX * FaultMessages.MESSAGE_BYTES));
    }

    /** A new ledger for a guest whose memory comes from a snapshot. */
    static PageLedger create(SnapshotMemory snapshot, RegionTable regions, int pid, boolean shared)
            throws IOException {
        long pages = snapshot.sizeBytes() / GuestMapping.BASE_PAGE_BYTES;
        long sizeBytes = STATES + (pages + 4095) / 4096 * 4096;
        Descriptor descriptor;
        try (MappedMemory file = MappedMemory.create("foreshape-ledger", sizeBytes)) {
            descriptor = Descriptor.duplicate(file.fd());
        }
        PageLedger ledger = map(descriptor);
        MemorySegment s = ledger.segment;
        s.set(ValueLayout.JAVA_INT, 0, MAGIC);
        s.set(ValueLayout.JAVA_INT, 4, VERSION);
        s.set(ValueLayout.JAVA_LONG, 8, pid);
        s.set(ValueLayout.JAVA_LONG, 16, snapshot.sizeBytes());
        s.set(ValueLayout.JAVA_LONG, 24, snapshot.changedNs());
        s.set(ValueLayout.JAVA_LONG, 32, pages);
        s.set(ValueLayout.JAVA_INT, 44, shared ? 1 : 0);
        byte[] path = snapshot.path().toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8);
        int pathBytes = Math.min(path.length, PATH_BYTES_MAX);
        s.set(ValueLayout.JAVA_INT, PATH, pathBytes);
        MemorySegment.copy(path, 0, s, ValueLayout.JAVA_BYTE, PATH + 4, pathBytes);
        ledger.save(regions);
        return ledger;
    }

    /**
     * The ledger of a server that is gone. The messages that it may not have handled are still in
     * it.
     *
     * @param descriptor from then on this object's
     * @throws IOException when it is none, or of another version
     */
    static PageLedger recover(Descriptor descriptor) throws IOException {
        PageLedger ledger = map(descriptor);
        if (ledger.segment.get(ValueLayout.JAVA_INT, 0) != MAGIC
                || ledger.segment.get(ValueLayout.JAVA_INT, 4) != VERSION
                || ledger.pageCount() > ledger.states.byteSize()) {
            ledger.arena.close();
            throw new IOException("the ledger is damaged or of another version of Foreshape");
        }
        return ledger;
    }

    @SuppressWarnings("MustBeClosedChecker") // The arena lives as long as this; close() ends both.
    private static PageLedger map(Descriptor descriptor) throws IOException {
        Arena arena = Arena.ofShared();
        Path path = Path.of("/proc/self/fd/" + descriptor.number());
        try (FileChannel file =
                FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            if (file.size() <= STATES) {
                throw new IOException("the ledger is too short: " + file.size() + " bytes");
            }
            MemorySegment mapped = file.map(FileChannel.MapMode.READ_WRITE, 0, file.size(), arena);
            return new PageLedger(arena, mapped, descriptor);
        } catch (IOException | RuntimeException failed) {
            arena.close();
            throw failed;
        }
    }

    Descriptor descriptor() {
        return descriptor;
    }

    int pid() {
        return (int) segment.get(ValueLayout.JAVA_LONG, 8);
    }

    long pageCount() {
        return segment.get(ValueLayout.JAVA_LONG, 32);
    }

    boolean isShared() {
        return segment.get(ValueLayout.JAVA_INT, 44) != 0;
    }

    /** Why a snapshot is not the one that this guest came from; empty when it is. */
    String fault(SnapshotMemory snapshot) {
        if (segment.get(ValueLayout.JAVA_LONG, 16) == snapshot.sizeBytes()
                && segment.get(ValueLayout.JAVA_LONG, 24) == snapshot.changedNs()) {
            return "";
        }
        byte[] path = new byte[segment.get(ValueLayout.JAVA_INT, PATH)];
        MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, PATH + 4, path, 0, path.length);
        return "the guest of process %d was restored from %s as it was then, not from %s as it is now"
                .formatted(pid(), new String(path, StandardCharsets.UTF_8), snapshot.path());
    }

    FaultMessages messages() {
        return messages;
    }

    /** Notes that a message is handled. */
    void forget(int message) {
        segment.set(
                ValueLayout.JAVA_BYTE,
                MESSAGES + (long) message * FaultMessages.MESSAGE_BYTES,
                (byte) 0);
    }

    byte state(long page) {
        return states.get(ValueLayout.JAVA_BYTE, page);
    }

    void mark(long page, long count, byte state) {
        for (long i = page; i < page + count; i++) {
            states.set(ValueLayout.JAVA_BYTE, i, state);
        }
    }

    /** Notes where the regions lie. */
    void save(RegionTable regions) {
        for (int i = 0; i < regions.count(); i++) {
            long at = REGIONS + i * REGION_BYTES;
            segment.set(ValueLayout.JAVA_LONG, at, regions.start(i));
            segment.set(ValueLayout.JAVA_LONG, at + 8, regions.end(i) - regions.start(i));
            segment.set(ValueLayout.JAVA_LONG, at + 16, regions.fileOffset(i));
            segment.set(ValueLayout.JAVA_LONG, at + 24, regions.pageBytes(i));
        }
        segment.set(ValueLayout.JAVA_INT, 40, regions.count());
    }

    /** The regions that were noted. */
    RegionTable regions() {
        RegionTable regions = new RegionTable();
        int count = Math.min(segment.get(ValueLayout.JAVA_INT, 40), HandshakeMessage.MAPPINGS_MAX);
        for (int i = 0; i < count; i++) {
            long at = REGIONS + i * REGION_BYTES;
            regions.add(
                    segment.get(ValueLayout.JAVA_LONG, at),
                    segment.get(ValueLayout.JAVA_LONG, at + 8),
                    segment.get(ValueLayout.JAVA_LONG, at + 16),
                    segment.get(ValueLayout.JAVA_LONG, at + 24));
        }
        return regions;
    }

    @Override
    public void close() {
        if (!descriptor.isClosed()) {
            arena.close();
            descriptor.close();
        }
    }
}
