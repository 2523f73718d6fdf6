package org.foreshape.prefault.pages;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.foreshape.nativebindings.NativeUnavailableException;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.LinuxException;
import org.foreshape.nativebindings.linux.LinuxMemory;
import org.foreshape.nativebindings.linux.PrivateMemory;
import org.foreshape.nativebindings.linux.Userfaultfd;

/**
 * Fills memory of this process by moving pages into it instead of copying them: content is made in
 * a staging area and its frames then change hands, all of a page or nothing of it. Only for memory
 * of the process that calls, as the embedded guests have. Linux 6.8.
 *
 * <p>While this is open, a touch of a page that was not installed blocks its thread, and with it
 * the collector: touch only what was installed. One thread at a time.
 *
 * @see <a href="https://docs.kernel.org/admin-guide/mm/userfaultfd.html">UFFDIO_MOVE in the
 *     kernel's documentation</a>
 */
public final class StagedPages implements AutoCloseable {
    private final MemorySegment target;
    private final PrivateMemory staging;
    private final Userfaultfd uffd;

    private StagedPages(MemorySegment target, PrivateMemory staging, Userfaultfd uffd) {
        this.target = target;
        this.staging = staging;
        this.uffd = uffd;
    }

    /**
     * Why pages cannot be moved here.
     *
     * @return a sentence with its cure; empty when they can
     */
    public static Optional<String> whyUnavailable() {
        return whyNot(Userfaultfd.FEATURE_MOVE, "UFFDIO_MOVE, which came with Linux 6.8");
    }

    static Optional<String> whyNot(long feature, String what) {
        try {
            return (Userfaultfd.features() & feature) != 0
                    ? Optional.empty()
                    : Optional.of("the kernel does not offer " + what);
        } catch (NativeUnavailableException | LinuxException lack) {
            return Optional.of(String.valueOf(lack.getMessage()));
        }
    }

    /**
     * Prepares memory to be filled.
     *
     * @param target private anonymous memory of this process, whole pages; it must outlive this
     * @return the caller closes it
     * @throws LinuxException without the right to create a userfaultfd, or for memory of another
     *     kind (EINVAL)
     */
    public static StagedPages open(MemorySegment target) {
        PrivateMemory staging = PrivateMemory.create(target.byteSize());
        Userfaultfd uffd = null;
        try {
            uffd = Userfaultfd.create(Userfaultfd.FEATURE_MOVE);
            uffd.register(target.address(), target.byteSize(), Userfaultfd.MODE_MISSING);
            return new StagedPages(target, staging, uffd);
        } catch (RuntimeException failed) {
            if (uffd != null) {
                uffd.close();
            }
            staging.close();
            throw failed;
        }
    }

    /**
     * Where content is made, at the offset it will have in the target. What is installed is zero
     * here afterwards.
     *
     * @return as large as the target
     */
    public MemorySegment staging() {
        return staging.segment();
    }

    /**
     * Moves staged pages into the target. All of them must have been written.
     *
     * @param offsetBytes at a page
     * @param lengthBytes whole pages
     * @throws LinuxException a page was not written (ENOENT), is there already (EEXIST), or is
     *     shared with a fork (EBUSY)
     */
    public void install(long offsetBytes, long lengthBytes) {
        int pageBytes = LinuxMemory.pageSizeBytes();
        if (offsetBytes < 0
                || lengthBytes <= 0
                || offsetBytes % pageBytes != 0
                || lengthBytes % pageBytes != 0
                || offsetBytes > target.byteSize() - lengthBytes) {
            throw new IllegalArgumentException(
                    "range must be whole pages of the target: offset %d, length %d"
                            .formatted(offsetBytes, lengthBytes));
        }
        long done = 0;
        while (done < lengthBytes) {
            long at = offsetBytes + done;
            long result =
                    uffd.move(
                            target.address() + at,
                            staging.segment().address() + at,
                            lengthBytes - done);
            if (result > 0) {
                done += result;
            } else if (result != -Errno.EAGAIN) {
                throw LinuxException.failed(
                        result,
                        "ioctl",
                        "UFFDIO_MOVE, offset=" + at + ", length=" + (lengthBytes - done));
            }
        }
    }

    /** Ends the blocking of touches; what was not installed is zero from then on. Idempotent. */
    @Override
    public void close() {
        uffd.close();
        staging.close();
    }
}
