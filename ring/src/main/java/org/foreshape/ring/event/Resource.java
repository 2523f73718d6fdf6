package org.foreshape.ring.event;

/** A resource that is forecast. The ordinal indexes forecast arrays and the journal. */
public enum Resource {
    /** Memory in use by the guest, in KiB. */
    MEMORY,
    /** CPU in use, in thousandths of a core. */
    CPU,
    /** What a VM's disks take up on the host, in KiB. */
    STORAGE;

    /** Number of resources. */
    public static final int COUNT = 3;
}
