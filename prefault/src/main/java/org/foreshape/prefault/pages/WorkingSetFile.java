package org.foreshape.prefault.pages;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * A recorded working set on disk, little-endian. It is replaced whole, so a reader sees the old one
 * or the new one.
 *
 * <pre>
 *  0   magic "FSWS"     4  version      8   bytes of the memory file
 *  16  its time of change, ns           24  bytes per page     28  run count
 *  32  runs: first page, pages; 8 bytes each
 *  end CRC-32C of all before
 * </pre>
 */
final class WorkingSetFile {
    private static final int MAGIC = 0x53575346;
    private static final int VERSION = 1;
    private static final int HEADER_BYTES = 32;
    private static final int RUN_BYTES = 8;
    private static final long FILE_BYTES_MAX = 1L << 30;

    private WorkingSetFile() {}

    static void write(Path path, WorkingSet set, SnapshotMemory snapshot) throws IOException {
        int count = set.firstPage().length;
        ByteBuffer bytes =
                ByteBuffer.allocate(HEADER_BYTES + count * RUN_BYTES + Integer.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(MAGIC).putInt(VERSION);
        bytes.putLong(snapshot.sizeBytes()).putLong(snapshot.changedNs());
        bytes.putInt(GuestMapping.BASE_PAGE_BYTES).putInt(count);
        for (int i = 0; i < count; i++) {
            bytes.putInt(set.firstPage()[i]).putInt(set.pages()[i]);
        }
        bytes.putInt(checksum(bytes.array(), bytes.position()));
        bytes.flip();
        Path folder = path.toAbsolutePath().getParent();
        Path fresh = Files.createTempFile(folder, "working-set", ".tmp");
        try {
            try (FileChannel file = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                while (bytes.hasRemaining()) {
                    file.write(bytes);
                }
                file.force(true);
            }
            Files.move(
                    fresh,
                    path,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    /**
     * Reads a working set of a snapshot.
     *
     * @throws IOException it cannot be read, is damaged, or belongs to another snapshot; says which
     */
    static WorkingSet read(Path path, SnapshotMemory snapshot) throws IOException {
        long size = Files.size(path);
        if (size < HEADER_BYTES + Integer.BYTES || size > FILE_BYTES_MAX) {
            throw new IOException("working set " + path + " has an impossible size: " + size);
        }
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.getInt() != MAGIC) {
            throw new IOException(path + " is not a working set");
        }
        int version = bytes.getInt();
        if (version != VERSION) {
            throw new IOException("working set " + path + " has unknown version " + version);
        }
        int end = bytes.limit() - Integer.BYTES;
        if (bytes.getInt(end) != checksum(bytes.array(), end)) {
            throw new IOException("working set " + path + " is damaged: its checksum differs");
        }
        if (bytes.getLong() != snapshot.sizeBytes() || bytes.getLong() != snapshot.changedNs()) {
            throw new IOException(
                    "working set %s was recorded from another memory file than %s"
                            .formatted(path, snapshot.path()));
        }
        return runs(path, bytes, end, snapshot);
    }

    private static WorkingSet runs(Path path, ByteBuffer bytes, int end, SnapshotMemory snapshot)
            throws IOException {
        int pageBytes = bytes.getInt();
        int count = bytes.getInt();
        if (pageBytes != GuestMapping.BASE_PAGE_BYTES
                || count < 0
                || HEADER_BYTES + (long) count * RUN_BYTES != end) {
            throw new IOException("working set " + path + " contradicts itself");
        }
        int[] firstPage = new int[count];
        int[] pages = new int[count];
        for (int i = 0; i < count; i++) {
            firstPage[i] = bytes.getInt();
            pages[i] = bytes.getInt();
            long last = (long) firstPage[i] + pages[i];
            if (firstPage[i] < 0 || pages[i] <= 0 || last > snapshot.sizeBytes() / pageBytes) {
                throw new IOException("working set " + path + " names pages beyond the snapshot");
            }
        }
        return new WorkingSet(firstPage, pages);
    }

    private static int checksum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
