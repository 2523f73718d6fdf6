package org.foreshape.hypervisor;

import java.util.function.Consumer;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Tick;

/**
 * The newest figures of all VMs, written by those who ask the guests and copied by the sampling
 * loop. Any thread may use it; each use holds its monitor for microseconds, so nobody may do
 * anything slow inside {@link #update}.
 */
public final class SampleBoard {
    private final SampleSection figures;

    /** A board without VMs. */
    public SampleBoard(int vmCountMax) {
        // A section of its own is only to be had with an event around it; the event is never used.
        this.figures = new Tick(vmCountMax).sample;
        figures.clear();
    }

    /**
     * Lets the caller change the figures while nobody reads them. A writer that minds garbage keeps
     * one consumer and calls with it again. The consumer must raise {@link SampleSection#slotCount}
     * above each slot it fills, and must not keep the section.
     */
    public synchronized void update(Consumer<SampleSection> change) {
        change.accept(figures);
    }

    /** Takes a VM off the board: samples copied from now on do not hold it. */
    public synchronized void remove(int slot) {
        figures.clearSlot(slot);
        int count = figures.slotCount;
        while (count > 0 && !figures.present[count - 1]) {
            count--;
        }
        figures.slotCount = count;
    }

    /** Copies all figures. Does not allocate. */
    public synchronized void copyTo(SampleSection target) {
        target.copyFrom(figures);
    }
}
