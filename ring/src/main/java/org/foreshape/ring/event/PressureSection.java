package org.foreshape.ring.event;

/** Pressure on the host or on one guest. Written by the sampler's watchers. */
public final class PressureSection {
    /** What raised it. */
    public PressureSource source = PressureSource.PSI_MEMORY_SOME;

    /** The VM's slot, or -1 for the host. */
    public int vmSlot;

    /** Generation of that VM. */
    public int vmGeneration;

    /** Its figure, as {@link PressureSource} says. */
    public long value;

    PressureSection() {
        clear();
    }

    /** Empties the section. */
    public void clear() {
        source = PressureSource.PSI_MEMORY_SOME;
        vmSlot = -1;
        vmGeneration = 0;
        value = 0;
    }
}
