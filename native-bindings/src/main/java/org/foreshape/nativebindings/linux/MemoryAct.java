package org.foreshape.nativebindings.linux;

/** What can be done about memory, as far as a right or a part of the kernel is needed for it. */
public enum MemoryAct {
    /** process_vm_readv(2): read another process's memory, which populates it. */
    READ_REMOTE_MEMORY("read remote memory"),
    /** process_madvise(2): COLLAPSE, COLD and PAGEOUT on another process. */
    PROCESS_MADVISE("advise remote memory"),
    /** pidfd_getfd(2): map a guest's memory file. */
    PIDFD_GETFD("take a memory file"),
    /** move_pages(2): ask where pages lie, and move those of one process. */
    MOVE_PAGES("move pages"),
    /** move_pages(2) with MPOL_MF_MOVE_ALL: move pages that others map too. */
    MOVE_ALL_PAGES("move shared pages"),
    /** {@code /proc/PID/pagemap}: which pages are present. */
    PAGEMAP("page map"),
    /** {@code /proc/PID/clear_refs}: start a working-set measurement. */
    CLEAR_REFS("clear referenced bits"),
    /** {@code /proc/PID/smaps}: what is resident and huge; the proof of each prefault. */
    SMAPS("memory map figures"),
    /** userfaultfd(2): serve page faults of a restored guest. */
    USERFAULTFD("userfaultfd"),
    /** The switch of 2 MiB pages, which the prefault of anonymous RAM turns for milliseconds. */
    HUGE_PAGE_SWITCH("huge-page switch"),
    /** Compaction of all memory or of a node. */
    COMPACTION("compaction"),
    /** readahead(2) and the residency of files. */
    READAHEAD("page cache"),
    /** ioprio_set(2): reads that disturb nobody. */
    IDLE_READS("idle disk reads"),
    /** Pressure triggers with windows under 2 s. */
    SHORT_PRESSURE_WINDOWS("pressure under 2 s"),
    /** MADV_PAGEOUT: reclaim of idle memory into swap. */
    PAGEOUT("page out"),
    /** DAMON on a process: which memory is hot. */
    DAMON("access monitor");

    private final String label;

    MemoryAct(String label) {
        this.label = label;
    }

    /**
     * What an operator reads.
     *
     * @return at most 21 characters, lower case
     */
    public String label() {
        return label;
    }
}
