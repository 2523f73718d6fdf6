package org.foreshape.prefault;

/** What a range of guest memory is on the host, as far as making it resident goes. */
public enum MemoryKind {
    /** Private anonymous memory: QEMU's default. */
    ANONYMOUS,
    /** A shared memory file, or tmpfs file, that cannot be made of huge pages where it lies. */
    MEMFD,
    /** Memory from the pool of huge pages. */
    HUGETLB,
    /** A shared file of tmpfs whose address and offset agree modulo 2 MiB. */
    TMPFS_ALIGNED,
    /**
     * A private mapping of a file: populating it copies or is undone by the guest's first write.
     */
    FILE_PRIVATE,
    /** A shared mapping of a file on a disk: its page cache is warmed, not populated. */
    FILE_SHARED,
    /** A memory file that is mapped in this very process: an embedded guest. */
    OWN
}
