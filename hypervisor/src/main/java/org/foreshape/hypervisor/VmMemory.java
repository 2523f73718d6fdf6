package org.foreshape.hypervisor;

import org.foreshape.nativebindings.libvirt.LibvirtDomain;
import org.foreshape.nativebindings.linux.MappedMemory;
import org.jspecify.annotations.Nullable;

/**
 * Where the memory of a VM lies on this host, for acts on its pages. True when it was asked for: a
 * process may end and a balloon may move while an act is under way.
 */
public sealed interface VmMemory {
    /**
     * The memory of a process: a QEMU.
     *
     * @param pid the process, identified by the VM's UUID
     * @param sizeBytes the VM's memory at its maximum
     * @param heldBytes what its balloon holds of that
     * @param freePageReported whether the guest hands free pages back unasked
     * @param domain its handle at libvirt, which stays the hypervisor's and may be closed any time;
     *     null when another one runs it
     */
    record OfProcess(
            int pid,
            long sizeBytes,
            long heldBytes,
            boolean freePageReported,
            @Nullable LibvirtDomain domain)
            implements VmMemory {}

    /**
     * Memory that is mapped in this very process: an embedded guest.
     *
     * @param memory the mapping; it stays the hypervisor's
     * @param startAddress where it begins in this process
     * @param grantedOffsetBytes where the part begins that is granted and not in use
     * @param grantedBytes how long that part is
     * @param bytesPerKib real bytes for each KiB that the hypervisor reports
     * @param settled to be run when the act is over, whatever came of it
     */
    record Mapped(
            MappedMemory memory,
            long startAddress,
            long grantedOffsetBytes,
            long grantedBytes,
            double bytesPerKib,
            Runnable settled)
            implements VmMemory {}
}
