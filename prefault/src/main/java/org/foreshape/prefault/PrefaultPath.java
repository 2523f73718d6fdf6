package org.foreshape.prefault;

/** The ways to make a guest's memory resident; each keeps every byte as it is. */
public enum PrefaultPath {
    /** Nothing is to be done. */
    NONE,
    /** Nothing can be done; the plan says why. */
    UNAVAILABLE,
    /**
     * Anonymous memory: huge pages are switched off for some milliseconds, one byte of each block
     * is read so that it gets a page table, the switch is put back, each block is collapsed.
     */
    ANON_SWITCH,
    /**
     * Anonymous memory where several threads may be used, or on kernels without that switch: one
     * byte of each block is read while the huge page of zeros is switched off, which allocates a
     * huge page; blocks that are not huge then are collapsed. Unlike collapsing, such reads do not
     * exclude each other or the guest's own faults.
     */
    ANON_ZERO_PAGE,
    /** Anonymous memory that gets no huge pages on a fault: read one byte a block, collapse. */
    ANON_TOUCH,
    /** Anonymous memory that has page tables, after a balloon cycle: collapse alone. */
    ANON_COLLAPSE,
    /** Memory files: populate our own mapping of the file, then read one byte per 64 KiB. */
    MEMFD_MAP,
    /**
     * The same, while the kernel is told to allocate pages of 64 KiB in memory that is marked for
     * huge pages, as our mapping is; pages of 4 KiB where not all of such a page is wanted.
     */
    MEMFD_WINDOWS,
    /** The pool of huge pages: read one byte per huge page. */
    HUGETLB_READ,
    /** Aligned files of tmpfs: read one byte a block, collapse. */
    TMPFS_COLLAPSE,
    /** A mapping of this process: populate it. */
    OWN_POPULATE,
    /**
     * QEMU's own preallocation, which only whoever may talk to QEMU can ask for. It works once in
     * the life of a guest and fills all of its memory.
     */
    QMP_PREALLOC
}
