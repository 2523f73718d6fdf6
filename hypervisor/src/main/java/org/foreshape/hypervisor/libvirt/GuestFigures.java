package org.foreshape.hypervisor.libvirt;

import static org.foreshape.nativebindings.libvirt.LibvirtFlags.MEMORY_LAST_UPDATE;
import static org.foreshape.nativebindings.libvirt.LibvirtFlags.MEMORY_MAJOR_FAULT;
import static org.foreshape.nativebindings.libvirt.LibvirtFlags.MEMORY_MINOR_FAULT;
import static org.foreshape.nativebindings.libvirt.LibvirtFlags.MEMORY_STAT_COUNT;
import static org.foreshape.nativebindings.libvirt.LibvirtFlags.MEMORY_SWAP_IN;
import static org.foreshape.nativebindings.libvirt.LibvirtFlags.MEMORY_UNUSED;
import static org.foreshape.nativebindings.libvirt.LibvirtFlags.MEMORY_USABLE;

import java.util.Arrays;

/**
 * A guest's last report and the time that can honestly be given to it. One thread at a time.
 *
 * <p>libvirt tells when a report came in only in whole seconds, and a reading may give the report
 * of the reading before. Two things are certain: the report came no earlier than the second that is
 * told; and a report that differs from the one read before came after that reading began. The later
 * of the two is the time of the report: the truth is never older.
 */
final class GuestFigures {
    private static final long NS_PER_MS = 1_000_000;
    private static final long MS_PER_S = 1_000;

    /** By tag, the newest reading. */
    final long[] byTag = new long[MEMORY_STAT_COUNT];

    private final long[] before = new long[MEMORY_STAT_COUNT];
    private final boolean sameClock;
    private long readingTimeNs;
    private long statsTimeNs;
    private boolean changed;

    /**
     * No reading yet.
     *
     * @param sameClock whether the hypervisor's clock is this host's
     */
    GuestFigures(boolean sameClock) {
        this.sameClock = sameClock;
        Arrays.fill(byTag, -1);
    }

    /**
     * Takes the reading in that was just put into {@link #byTag}.
     *
     * @param startTimeNs engine time at which this round began to ask the guest
     * @param nowTimeNs engine time
     * @param nowMillis wall clock at the same moment
     */
    void take(long startTimeNs, long nowTimeNs, long nowMillis) {
        changed = readingTimeNs > 0 && differs();
        if (byTag[MEMORY_USABLE] >= 0) {
            if (changed) {
                statsTimeNs = Math.max(statsTimeNs, readingTimeNs);
            }
            long ageMs = nowMillis - byTag[MEMORY_LAST_UPDATE] * MS_PER_S;
            if (sameClock && byTag[MEMORY_LAST_UPDATE] > 0 && ageMs >= 0) {
                statsTimeNs = Math.max(statsTimeNs, nowTimeNs - ageMs * NS_PER_MS);
            }
        }
        System.arraycopy(byTag, 0, before, 0, byTag.length);
        readingTimeNs = startTimeNs;
    }

    /** Whether the last reading was a report that the one before was not. */
    boolean isChanged() {
        return changed;
    }

    /** Engine time of the report; 0: there is none. */
    long statsTimeNs() {
        return statsTimeNs;
    }

    /** The guest's own figures only: the balloon's size and the RSS do not come from its report. */
    private boolean differs() {
        return byTag[MEMORY_LAST_UPDATE] != before[MEMORY_LAST_UPDATE]
                || byTag[MEMORY_USABLE] != before[MEMORY_USABLE]
                || byTag[MEMORY_UNUSED] != before[MEMORY_UNUSED]
                || byTag[MEMORY_MINOR_FAULT] != before[MEMORY_MINOR_FAULT]
                || byTag[MEMORY_MAJOR_FAULT] != before[MEMORY_MAJOR_FAULT]
                || byTag[MEMORY_SWAP_IN] != before[MEMORY_SWAP_IN];
    }
}
