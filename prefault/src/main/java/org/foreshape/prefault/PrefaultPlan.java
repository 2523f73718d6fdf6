package org.foreshape.prefault;

import java.util.List;

/**
 * How memory is going to be made resident.
 *
 * @param path the way
 * @param reason why this one; for {@link PrefaultPath#UNAVAILABLE} what is missing
 * @param steps in order; empty when nothing is to be done or can be
 * @param bytes how much becomes resident
 * @param lostBytes of it under the huge page of zeros, which no path but QEMU's repairs
 * @param expectedNs how long it will take, from what acts of this path took so far
 * @param delayNs how much later than now it should start, so that a guest that hands free pages
 *     back does not undo it; 0: at once
 */
public record PrefaultPlan(
        PrefaultPath path,
        String reason,
        List<PrefaultStep> steps,
        long bytes,
        long lostBytes,
        long expectedNs,
        long delayNs) {
    /** Keeps a copy of the steps. */
    public PrefaultPlan {
        steps = List.copyOf(steps);
    }

    /**
     * Whether {@link Prefaulter} can carry it out.
     *
     * @return false when nothing is to be done or can be, or when the caller must ask QEMU
     */
    public boolean isAct() {
        return switch (path) {
            case NONE, UNAVAILABLE, QMP_PREALLOC -> false;
            case ANON_SWITCH,
                    ANON_ZERO_PAGE,
                    ANON_TOUCH,
                    ANON_COLLAPSE,
                    MEMFD_MAP,
                    MEMFD_WINDOWS,
                    HUGETLB_READ,
                    TMPFS_COLLAPSE,
                    OWN_POPULATE ->
                    true;
        };
    }
}
