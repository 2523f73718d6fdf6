package org.foreshape.hypervisor;

import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.act.Actor;
import org.jspecify.annotations.Nullable;

/**
 * What runs VMs: tells how they do, and resizes them.
 *
 * <p>After {@link #start} it publishes, from threads of its own and in this order for each VM: a
 * {@link org.foreshape.ring.event.ControlKind#VM_ARRIVED} event, then samples that hold it, and at
 * last a {@link org.foreshape.ring.event.ControlKind#VM_DEPARTED} event. Sampling never blocks the
 * ring: what finds no free slot is shed.
 *
 * <p>Acts come in through {@link Actor#perform} on a lane's thread, one at a time per VM.
 */
public interface Hypervisor extends Actor, AutoCloseable {
    /** Name for people: "embedded", or the connection's URI. */
    String name();

    /**
     * Connects, announces the VMs that run and starts to sample. Call once.
     *
     * @throws HypervisorException when it cannot be reached at all; the message names the cure
     */
    void start(EventPublisher publisher, EngineClock clock);

    /** Whether the hypervisor answers now; while it does not, samples are missing. */
    boolean isConnected();

    /**
     * Asks to sample a VM as often as the budget allows until an engine time, since something is
     * about to happen there. Unknown VMs are ignored. Any thread.
     */
    void attend(int vmSlot, int vmGeneration, long untilTimeNs);

    /**
     * Where a VM's memory lies, for acts on its pages. May block for as long as the hypervisor
     * takes to answer; on a lane's thread.
     *
     * @return null when the VM is gone, or its memory is not on this host or not to be found
     */
    @Nullable VmMemory memoryOf(int vmSlot, int vmGeneration);

    /**
     * Whether its VMs are memory of this very process, so that {@link #memoryOf} is an act on them
     * and must not be called merely to look.
     */
    default boolean isInProcess() {
        return false;
    }

    /**
     * Where a VM's disks lie, for loading what its tasks read. Blocks as {@link #memoryOf} does;
     * not on a virtual thread.
     */
    default VmDisks disksOf(int vmSlot, int vmGeneration) {
        return VmDisks.none("VMs of this hypervisor have no disk on this host");
    }

    /** Stops sampling and leaves every VM as it is. Idempotent, returns within 2 seconds. */
    @Override
    void close();
}
