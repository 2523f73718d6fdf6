package org.foreshape.daemon.hands;

import org.foreshape.hypervisor.Hypervisor;
import org.foreshape.hypervisor.VmDisks;
import org.foreshape.hypervisor.VmMemory;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.act.ActOrder;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.OutcomeStatus;
import org.jspecify.annotations.Nullable;

/** A hypervisor whose VMs have the memory and the disks that a test says. */
final class FakeHypervisor implements Hypervisor {
    volatile @Nullable VmMemory memory;
    volatile VmDisks disks = VmDisks.none("the test has given none");
    volatile @Nullable Runnable onResize;

    @Override
    public String name() {
        return "fake";
    }

    @Override
    public void start(EventPublisher publisher, EngineClock clock) {}

    @Override
    public boolean isConnected() {
        return true;
    }

    @Override
    public void attend(int vmSlot, int vmGeneration, long untilTimeNs) {}

    @Override
    public @Nullable VmMemory memoryOf(int vmSlot, int vmGeneration) {
        return memory;
    }

    @Override
    public VmDisks disksOf(int vmSlot, int vmGeneration) {
        return disks;
    }

    @Override
    public void perform(ActOrder order, OutcomeSection outcome) {
        Runnable resize = onResize;
        if (resize != null) {
            resize.run();
        }
        outcome.status = OutcomeStatus.DONE;
    }

    @Override
    public void close() {}
}
