package org.foreshape.nativebindings.libvirt;

/**
 * Hears of domain events. Called on the thread of the {@link LibvirtEventLoop}, which all events of
 * all connections share: hand over and return, make no libvirt call, do not block. What a listener
 * throws goes to that thread's uncaught exception handler and ends nothing.
 */
public interface DomainEventListener {
    /**
     * A domain was started, stopped and so on.
     *
     * @param uuidHigh the upper half of its UUID, as of {@link java.util.UUID}
     * @param uuidLow the lower half
     * @param event one of {@code LibvirtFlags.EVENT_*}, or a later one of libvirt
     * @param detail why, by libvirt's numbers for that event
     */
    default void lifecycle(long uuidHigh, long uuidLow, int event, int detail) {}

    /**
     * A balloon has moved. Intermediate sizes may be left out.
     *
     * @param uuidHigh the upper half of the domain's UUID
     * @param uuidLow the lower half
     * @param actualKib what the balloon now leaves the guest, KiB
     */
    default void balloonChange(long uuidHigh, long uuidLow, long actualKib) {}

    /**
     * A virtio-mem device has changed its size.
     *
     * @param uuidHigh the upper half of the domain's UUID
     * @param uuidLow the lower half
     * @param alias the device's alias
     * @param sizeKib its size now as the guest sees it, KiB
     */
    default void memoryDeviceSizeChange(long uuidHigh, long uuidLow, String alias, long sizeKib) {}
}
