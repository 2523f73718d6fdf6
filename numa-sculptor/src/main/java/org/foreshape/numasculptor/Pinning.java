package org.foreshape.numasculptor;

import java.util.List;
import java.util.Optional;

/**
 * Ties a VM's threads to CPUs and its future memory to a node. libvirt's VMs are pinned by libvirt,
 * which else would not know of it; other processes by the kernel.
 */
public interface Pinning {
    /**
     * Says why it cannot be done here.
     *
     * @return one sentence; empty: it can
     */
    Optional<String> lack();

    /**
     * Pins, and says how to take it back. What was done before a failure is taken back.
     *
     * @param cpus the CPUs of the host, not empty
     * @param node the node for memory that is allocated from now on; an implementation that cannot
     *     bind memory ties the threads only, after which the kernel allocates on their node first
     * @return brings back what was before; may throw as this method does
     * @throws RuntimeException a call failed: {@code LinuxException} or {@code LibvirtException}
     */
    Runnable pin(List<Integer> cpus, int node);
}
