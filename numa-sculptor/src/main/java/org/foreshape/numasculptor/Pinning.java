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
     * Pins, and says how to take it back. What was done before a failure is taken back. The kernel
     * gives threads memory of the node on which they run first.
     *
     * @param cpus the CPUs of the host, not empty
     * @return brings back what was before; may throw as this method does
     * @throws RuntimeException a call failed: {@code LinuxException} or {@code LibvirtException}
     */
    Runnable pin(List<Integer> cpus);

    /**
     * Says why memory cannot be bound here.
     *
     * @return one sentence; empty: it can
     */
    default Optional<String> bindLack() {
        return Optional.of("only its own process or its manager can bind its memory to a node");
    }

    /**
     * Binds memory that is allocated from now on. The kernel may move what lies elsewhere at once.
     *
     * @param node the only node
     * @return brings back what was before; may throw as this method does
     * @throws RuntimeException as {@link #pin}, or it cannot be done: see {@link #bindLack}
     */
    default Runnable bind(int node) {
        throw new SculptException(bindLack().orElse(""), null);
    }
}
