package org.foreshape.daemon.hands;

import java.util.ArrayList;
import java.util.List;
import org.foreshape.ring.event.Tick;

/** An engine that shows what a test says. */
final class FakeEngine implements EngineView {
    static final int VM_COUNT_MAX = 4;

    private final Tick shown = new Tick(VM_COUNT_MAX);
    private final List<VmSeat> vms = new ArrayList<>();

    synchronized void enforce(VmSeat vm) {
        vms.add(vm);
    }

    synchronized void release(VmSeat vm) {
        vms.remove(vm);
    }

    synchronized void show(VmSeat vm, long maximumKib, long allocationKib) {
        shown.sample.slotCount = Math.max(shown.sample.slotCount, vm.slot() + 1);
        shown.sample.present[vm.slot()] = true;
        shown.sample.generation[vm.slot()] = vm.generation();
        shown.sample.maximumKib[vm.slot()] = maximumKib;
        shown.sample.allocationKib[vm.slot()] = allocationKib;
    }

    @Override
    public Tick emptySample() {
        return new Tick(VM_COUNT_MAX);
    }

    @Override
    public synchronized void latest(Tick into) {
        into.sample.copyFrom(shown.sample);
    }

    @Override
    public synchronized List<VmSeat> enforced() {
        return List.copyOf(vms);
    }
}
