package org.foreshape.prefault.pages;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.foreshape.nativebindings.linux.Descriptor;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.Userfaultfd;

/**
 * Shared memory in minor-fault mode: content goes into the memory file through a mapping of our
 * own, and the guest's page table is then told of it, without a copy.
 *
 * <p>A page that never was installed may lie in the file half written by a server that was killed;
 * it is written again. A page that was installed and is still in the file is only mapped again; one
 * that is gone from the file was removed, and is zero.
 */
final class SharedInstaller implements PageInstaller {
    private final Userfaultfd uffd;
    private final PageLedger ledger;
    private final MemorySegment source;
    private final MemorySegment target;

    /** What was read to make pages exist; a field, so that the read is not left out. */
    private byte touched;

    /**
     * Maps the guest's memory file.
     *
     * @param file the guest's; it stays the caller's
     * @throws IOException when it cannot be mapped or is shorter than the snapshot
     */
    SharedInstaller(
            Userfaultfd uffd,
            PageLedger ledger,
            SnapshotMemory snapshot,
            Descriptor file,
            Arena arena)
            throws IOException {
        this.uffd = uffd;
        this.ledger = ledger;
        this.source = snapshot.segment();
        Path path = Path.of("/proc/self/fd/" + file.number());
        try (FileChannel channel =
                FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            if (channel.size() < source.byteSize()) {
                throw new IOException(
                        "the guest's shared memory has %d bytes, the memory file %d"
                                .formatted(channel.size(), source.byteSize()));
            }
            this.target = channel.map(FileChannel.MapMode.READ_WRITE, 0, source.byteSize(), arena);
        }
    }

    @Override
    public long install(long address, long fileOffset, long lengthBytes) {
        MemorySegment.copy(source, fileOffset, target, fileOffset, lengthBytes);
        // Noted before the guest can see the pages: once it has, they must never be written again.
        ledger.mark(
                fileOffset / GuestMapping.BASE_PAGE_BYTES,
                lengthBytes / GuestMapping.BASE_PAGE_BYTES,
                PageLedger.INSTALLED);
        return uffd.proceed(address, lengthBytes);
    }

    @Override
    public long answerAgain(long address, long fileOffset, long lengthBytes) {
        long result = uffd.proceed(address, lengthBytes);
        if (result == -Errno.EFAULT) {
            // The file has a hole there: a read through our mapping makes a zero page.
            touched ^= target.get(ValueLayout.JAVA_BYTE, fileOffset);
            result = uffd.proceed(address, lengthBytes);
        }
        return result;
    }

    /** Only so that the field is read. */
    byte touched() {
        return touched;
    }
}
