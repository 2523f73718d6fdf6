package org.foreshape.nativebindings.libvirt;

/**
 * Flags and numbers of libvirt as compile-time constants, fit for {@code switch}. libvirt promises
 * never to change them; a test compares each with the generated one.
 *
 * @see <a href="https://libvirt.org/html/libvirt-libvirt-domain.html">libvirt-domain</a>
 */
public final class LibvirtFlags {
    /** Affect the domain as it runs, or its configuration when it does not. */
    public static final int AFFECT_CURRENT = 0;

    /** Affect the running domain. */
    public static final int AFFECT_LIVE = 1;

    /** Affect the stored configuration. */
    public static final int AFFECT_CONFIG = 2;

    /** Statistics: state. */
    public static final int STATS_STATE = 1;

    /** Statistics: CPU total. */
    public static final int STATS_CPU = 1 << 1;

    /** Statistics: balloon and guest memory. */
    public static final int STATS_BALLOON = 1 << 2;

    /** Statistics: each vCPU. */
    public static final int STATS_VCPU = 1 << 3;

    /** Statistics: each network interface. */
    public static final int STATS_INTERFACE = 1 << 4;

    /** Statistics: each disk. */
    public static final int STATS_BLOCK = 1 << 5;

    /** Statistics: memory dirty rate, when it has been calculated. */
    public static final int STATS_DIRTYRATE = 1 << 9;

    /** Statistics flag: only active domains. */
    public static final int STATS_FLAG_ACTIVE = 1;

    /** Statistics flag: leave out what would wait for a job of the domain. */
    public static final int STATS_FLAG_NOWAIT = 1 << 29;

    /** List flag: active domains. */
    public static final int LIST_ACTIVE = 1;

    /** List flag: inactive domains. */
    public static final int LIST_INACTIVE = 1 << 1;

    /** Memory flag: the maximum instead of the current size; combines with AFFECT flags. */
    public static final int MEM_MAXIMUM = 1 << 2;

    /** vCPU flag: the maximum instead of the current count; combines with AFFECT flags. */
    public static final int VCPU_MAXIMUM = 1 << 2;

    /** vCPU flag: by the guest agent, from inside. */
    public static final int VCPU_GUEST = 1 << 3;

    /** Block resize flag: the size is in bytes, not KiB. */
    public static final int BLOCK_RESIZE_BYTES = 1;

    /** XML flag: with passwords. */
    public static final int XML_SECURE = 1;

    /** XML flag: the stored configuration. */
    public static final int XML_INACTIVE = 1 << 1;

    /** Domain state: running. */
    public static final int STATE_RUNNING = 1;

    /** Domain state: blocked on a resource. */
    public static final int STATE_BLOCKED = 2;

    /** Domain state: paused by a user. */
    public static final int STATE_PAUSED = 3;

    /** Domain state: shutting down. */
    public static final int STATE_SHUTDOWN = 4;

    /** Domain state: off. */
    public static final int STATE_SHUTOFF = 5;

    /** Domain state: crashed. */
    public static final int STATE_CRASHED = 6;

    /** Domain state: suspended by the guest's power management. */
    public static final int STATE_PMSUSPENDED = 7;

    /** Lifecycle event: defined. */
    public static final int EVENT_DEFINED = 0;

    /** Lifecycle event: undefined. */
    public static final int EVENT_UNDEFINED = 1;

    /** Lifecycle event: started. */
    public static final int EVENT_STARTED = 2;

    /** Lifecycle event: suspended. */
    public static final int EVENT_SUSPENDED = 3;

    /** Lifecycle event: resumed. */
    public static final int EVENT_RESUMED = 4;

    /** Lifecycle event: stopped. */
    public static final int EVENT_STOPPED = 5;

    /** Lifecycle event: shut down by the guest. */
    public static final int EVENT_SHUTDOWN = 6;

    /** Memory statistic: swapped in, KiB. */
    public static final int MEMORY_SWAP_IN = 0;

    /** Memory statistic: swapped out, KiB. */
    public static final int MEMORY_SWAP_OUT = 1;

    /** Memory statistic: faults that needed the disk. */
    public static final int MEMORY_MAJOR_FAULT = 2;

    /** Memory statistic: faults that did not. */
    public static final int MEMORY_MINOR_FAULT = 3;

    /** Memory statistic: MemFree of the guest, KiB. */
    public static final int MEMORY_UNUSED = 4;

    /** Memory statistic: MemTotal of the guest, KiB. */
    public static final int MEMORY_AVAILABLE = 5;

    /** Memory statistic: what the balloon leaves the guest, KiB. */
    public static final int MEMORY_ACTUAL_BALLOON = 6;

    /** Memory statistic: resident memory of the guest's process, KiB. */
    public static final int MEMORY_RSS = 7;

    /** Memory statistic: MemAvailable of the guest, KiB. */
    public static final int MEMORY_USABLE = 8;

    /** Memory statistic: time of the guest's last report, seconds of the epoch. */
    public static final int MEMORY_LAST_UPDATE = 9;

    /** Memory statistic: page cache of the guest, KiB. */
    public static final int MEMORY_DISK_CACHES = 10;

    /** Memory statistic: huge pages allocated in the guest. */
    public static final int MEMORY_HUGETLB_PGALLOC = 11;

    /** Memory statistic: huge page allocations that failed in the guest. */
    public static final int MEMORY_HUGETLB_PGFAIL = 12;

    /** How many memory statistics there are; the length that an array for them needs. */
    public static final int MEMORY_STAT_COUNT = 13;

    private LibvirtFlags() {}
}
