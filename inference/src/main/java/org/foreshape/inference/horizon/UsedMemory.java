package org.foreshape.inference.horizon;

import java.util.Arrays;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Tick;

/** What each VM used when it was last seen. Nothing allocates after construction. One thread. */
public final class UsedMemory {
    private final long[] usedKib;

    /**
     * Of VMs that were never seen.
     *
     * @param slotCount most VMs
     */
    public UsedMemory(int slotCount) {
        usedKib = new long[slotCount];
        Arrays.fill(usedKib, SampleSection.UNKNOWN);
    }

    /** Takes a sample in; other events pass by. */
    public void see(Tick tick) {
        if (tick.kind != EventKind.SAMPLE) {
            return;
        }
        int count = Math.min(tick.sample.slotCount, usedKib.length);
        for (int slot = 0; slot < count; slot++) {
            if (tick.sample.hasGuestStats(slot)) {
                usedKib[slot] = tick.sample.usedKib(slot);
            }
        }
    }

    /** What the VM of a slot used, KiB; {@link SampleSection#UNKNOWN} when that is not known. */
    public long ofKib(int slot) {
        return slot < 0 || slot >= usedKib.length ? SampleSection.UNKNOWN : usedKib[slot];
    }
}
