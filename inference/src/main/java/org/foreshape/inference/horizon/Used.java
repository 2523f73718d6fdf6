package org.foreshape.inference.horizon;

import java.util.Arrays;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Tick;

/** What each VM used when it was last seen. Nothing allocates but {@link #of}. One thread. */
public final class Used {
    private final long[][] used;

    /**
     * Of VMs that were never seen.
     *
     * @param slotCount most VMs
     */
    public Used(int slotCount) {
        used = new long[Resource.COUNT][slotCount];
        for (long[] ofSlots : used) {
            Arrays.fill(ofSlots, SampleSection.UNKNOWN);
        }
    }

    /** Takes a sample in; other events pass by. */
    public void see(Tick tick) {
        if (tick.kind != EventKind.SAMPLE) {
            return;
        }
        int count = Math.min(tick.sample.slotCount, used[0].length);
        long[] memory = used[Resource.MEMORY.ordinal()];
        for (int slot = 0; slot < count; slot++) {
            memory[slot] =
                    tick.sample.hasGuestStats(slot) ? tick.sample.usedKib(slot) : memory[slot];
        }
        System.arraycopy(tick.sample.cpuMillicores, 0, used[Resource.CPU.ordinal()], 0, count);
        System.arraycopy(tick.sample.storageKib, 0, used[Resource.STORAGE.ordinal()], 0, count);
    }

    /** What the VM of a slot used of a resource; {@link SampleSection#UNKNOWN} if not known. */
    public long of(int slot, Resource resource) {
        return slot < 0 || slot >= used[0].length
                ? SampleSection.UNKNOWN
                : used[resource.ordinal()][slot];
    }

    /** What the VM of a slot used. */
    public Amounts of(int slot) {
        return new Amounts(
                of(slot, Resource.MEMORY), of(slot, Resource.CPU), of(slot, Resource.STORAGE));
    }
}
