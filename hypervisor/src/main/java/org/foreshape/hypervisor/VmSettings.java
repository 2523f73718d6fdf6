package org.foreshape.hypervisor;

import java.util.UUID;
import org.foreshape.ring.event.VmPolicy;

/** What the configuration and the journal know of a VM before the hypervisor has seen it. */
public interface VmSettings {
    /** The policy of a VM that does not carry one itself (libvirt metadata comes first). */
    VmPolicy policyFor(String vmName, UUID vmUuid);

    /**
     * What the VM had before any run of the engine touched it.
     *
     * @param currentKib what it has now, the answer for a VM that no run has seen
     */
    long originalKib(UUID vmUuid, long currentKib);
}
