package org.foreshape.nativebindings.libvirt;

/**
 * The figures of libvirt's domain statistics that are decoded. The unit is in the name; {@code #}
 * stands for the index of a vCPU, network interface or disk.
 *
 * @see <a href="https://libvirt.org/html/libvirt-libvirt-domain.html#virConnectGetAllDomainStats">
 *     virConnectGetAllDomainStats</a>
 */
public enum DomainStatsField {
    /** {@code state.state}. */
    STATE("state.state"),
    /** {@code state.reason}. */
    STATE_REASON("state.reason"),
    /** {@code cpu.time}. */
    CPU_TIME_NS("cpu.time"),
    /** {@code cpu.user}. */
    CPU_USER_NS("cpu.user"),
    /** {@code cpu.system}. */
    CPU_SYSTEM_NS("cpu.system"),
    /** {@code balloon.current}. */
    BALLOON_CURRENT_KIB("balloon.current"),
    /** {@code balloon.maximum}. */
    BALLOON_MAXIMUM_KIB("balloon.maximum"),
    /** {@code balloon.swap_in}. */
    BALLOON_SWAP_IN_KIB("balloon.swap_in"),
    /** {@code balloon.swap_out}. */
    BALLOON_SWAP_OUT_KIB("balloon.swap_out"),
    /** {@code balloon.major_fault}. */
    BALLOON_MAJOR_FAULT("balloon.major_fault"),
    /** {@code balloon.minor_fault}. */
    BALLOON_MINOR_FAULT("balloon.minor_fault"),
    /** {@code balloon.unused}. */
    BALLOON_UNUSED_KIB("balloon.unused"),
    /** {@code balloon.available}. */
    BALLOON_AVAILABLE_KIB("balloon.available"),
    /** {@code balloon.usable}. */
    BALLOON_USABLE_KIB("balloon.usable"),
    /** {@code balloon.last-update}. */
    BALLOON_LAST_UPDATE_S("balloon.last-update"),
    /** {@code balloon.disk_caches}. */
    BALLOON_DISK_CACHES_KIB("balloon.disk_caches"),
    /** {@code balloon.hugetlb_pgalloc}. */
    BALLOON_HUGETLB_PGALLOC("balloon.hugetlb_pgalloc"),
    /** {@code balloon.hugetlb_pgfail}. */
    BALLOON_HUGETLB_PGFAIL("balloon.hugetlb_pgfail"),
    /** {@code balloon.rss}. */
    BALLOON_RSS_KIB("balloon.rss"),
    /** {@code vcpu.current}. */
    VCPU_CURRENT("vcpu.current"),
    /** {@code vcpu.maximum}. */
    VCPU_MAXIMUM("vcpu.maximum"),
    /** {@code vcpu.#.state}. */
    VCPU_STATE("vcpu.#.state"),
    /** {@code vcpu.#.time}. */
    VCPU_TIME_NS("vcpu.#.time"),
    /** {@code vcpu.#.wait}. */
    VCPU_WAIT_NS("vcpu.#.wait"),
    /** {@code vcpu.#.delay}. */
    VCPU_DELAY_NS("vcpu.#.delay"),
    /** {@code net.count}. */
    NET_COUNT("net.count"),
    /** {@code net.#.name}. */
    NET_NAME("net.#.name"),
    /** {@code net.#.rx.bytes}. */
    NET_RX_BYTES("net.#.rx.bytes"),
    /** {@code net.#.rx.pkts}. */
    NET_RX_PACKETS("net.#.rx.pkts"),
    /** {@code net.#.rx.errs}. */
    NET_RX_ERRORS("net.#.rx.errs"),
    /** {@code net.#.rx.drop}. */
    NET_RX_DROPPED("net.#.rx.drop"),
    /** {@code net.#.tx.bytes}. */
    NET_TX_BYTES("net.#.tx.bytes"),
    /** {@code net.#.tx.pkts}. */
    NET_TX_PACKETS("net.#.tx.pkts"),
    /** {@code net.#.tx.errs}. */
    NET_TX_ERRORS("net.#.tx.errs"),
    /** {@code net.#.tx.drop}. */
    NET_TX_DROPPED("net.#.tx.drop"),
    /** {@code block.count}. */
    BLOCK_COUNT("block.count"),
    /** {@code block.#.name}. */
    BLOCK_NAME("block.#.name"),
    /** {@code block.#.path}. */
    BLOCK_PATH("block.#.path"),
    /** {@code block.#.rd.reqs}. */
    BLOCK_READ_REQUESTS("block.#.rd.reqs"),
    /** {@code block.#.rd.bytes}. */
    BLOCK_READ_BYTES("block.#.rd.bytes"),
    /** {@code block.#.rd.times}. */
    BLOCK_READ_NS("block.#.rd.times"),
    /** {@code block.#.wr.reqs}. */
    BLOCK_WRITE_REQUESTS("block.#.wr.reqs"),
    /** {@code block.#.wr.bytes}. */
    BLOCK_WRITE_BYTES("block.#.wr.bytes"),
    /** {@code block.#.wr.times}. */
    BLOCK_WRITE_NS("block.#.wr.times"),
    /** {@code block.#.fl.reqs}. */
    BLOCK_FLUSH_REQUESTS("block.#.fl.reqs"),
    /** {@code block.#.fl.times}. */
    BLOCK_FLUSH_NS("block.#.fl.times"),
    /** {@code block.#.allocation}. */
    BLOCK_ALLOCATION_BYTES("block.#.allocation"),
    /** {@code block.#.capacity}. */
    BLOCK_CAPACITY_BYTES("block.#.capacity"),
    /** {@code block.#.physical}. */
    BLOCK_PHYSICAL_BYTES("block.#.physical"),
    /** {@code dirtyrate.calc_status}. */
    DIRTYRATE_STATUS("dirtyrate.calc_status"),
    /** {@code dirtyrate.megabytes_per_second}. */
    DIRTYRATE_MIB_PER_S("dirtyrate.megabytes_per_second");

    private final String pattern;

    DomainStatsField(String pattern) {
        this.pattern = pattern;
    }

    /**
     * libvirt's name of the field.
     *
     * @return the name, with {@code #} for an index
     */
    public String pattern() {
        return pattern;
    }

    /**
     * Whether there is one per vCPU, interface or disk.
     *
     * @return true when the name has an index
     */
    public boolean isIndexed() {
        return pattern.indexOf('#') >= 0;
    }
}
