package org.foreshape.prefault.pages;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.Userfaultfd;

/** Private memory: copies pages of the memory file, and zero pages where pages were removed. */
final class CopyInstaller implements PageInstaller {
    private final Userfaultfd uffd;
    private final long source;
    private final MemorySegment zeros;

    /**
     * Stores what to copy from.
     *
     * @param hugePageBytes the largest page in use; the kernel has no zero page for hugetlbfs, so
     *     zeros of that size are copied
     */
    CopyInstaller(Userfaultfd uffd, SnapshotMemory snapshot, long hugePageBytes, Arena arena) {
        this.uffd = uffd;
        this.source = snapshot.segment().address();
        this.zeros = arena.allocate(Math.max(hugePageBytes, GuestMapping.BASE_PAGE_BYTES), 4096);
    }

    @Override
    public long install(long address, long fileOffset, long lengthBytes) {
        return uffd.copy(address, source + fileOffset, lengthBytes);
    }

    @Override
    public long answerAgain(long address, long fileOffset, long lengthBytes) {
        if (lengthBytes == GuestMapping.BASE_PAGE_BYTES) {
            long result = uffd.zero(address, lengthBytes);
            if (result != -Errno.EINVAL) {
                return result;
            }
        }
        return uffd.copy(address, zeros.address(), lengthBytes);
    }
}
