package org.foreshape.lab;

/** What a guest's memory is on the host. */
public enum RamKind {
    /** Private anonymous memory of QEMU. The host kernel can collapse it to huge pages. */
    ANON,
    /** A shared memfd, one per memory object, which another process of the host can map. */
    MEMFD
}
