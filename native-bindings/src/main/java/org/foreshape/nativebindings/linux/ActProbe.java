package org.foreshape.nativebindings.linux;

import java.util.List;

/**
 * Tells which acts on memory this process may do, by asking the kernel, not by rules: each act is
 * tried with an input that makes it end after the kernel's check of rights. Nothing is changed on
 * the machine or in the other process. Blocks for some milliseconds; any thread.
 */
public final class ActProbe {
    private ActProbe() {}

    /**
     * Acts that concern the machine.
     *
     * @return one answer for each of USERFAULTFD, HUGE_PAGE_SWITCH, COMPACTION, READAHEAD,
     *     IDLE_READS, SHORT_PRESSURE_WINDOWS, PAGEOUT and DAMON
     */
    public static List<ActAvailability> ofMachine() {
        return MachineActs.probe();
    }

    /**
     * Acts on another process, a QEMU for instance. To itself a process may do more than to others:
     * do not ask about this one.
     *
     * @param pid its number
     * @return one answer for each of READ_REMOTE_MEMORY, PROCESS_MADVISE, PIDFD_GETFD, MOVE_PAGES,
     *     MOVE_ALL_PAGES, PAGEMAP, CLEAR_REFS and SMAPS
     * @throws LinuxException ESRCH when there is no such process, or it ended meanwhile
     */
    public static List<ActAvailability> ofProcess(int pid) {
        return ProcessActs.probe(pid);
    }
}
