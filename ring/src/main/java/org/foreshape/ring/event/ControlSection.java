package org.foreshape.ring.event;

/** A change of what the engine knows or may do. Which fields count depends on the kind. */
public final class ControlSection {
    /** Most bytes of a VM's name (libvirt itself has no limit; longer names are cut). */
    public static final int NAME_BYTES_MAX = 128;

    /** Most bytes of the free text. */
    public static final int TEXT_BYTES_MAX = 8192;

    /** What changes. */
    public ControlKind kind = ControlKind.ENGINE_STARTED;

    /** The VM's slot, or -1 when it is about all. */
    public int vmSlot;

    /** Generation of that VM. */
    public int vmGeneration;

    /** Name of the VM. */
    public final Text vmName = new Text(NAME_BYTES_MAX);

    /** Upper half of the VM's UUID. */
    public long vmUuidHigh;

    /** Lower half of the VM's UUID. */
    public long vmUuidLow;

    /** How far the engine may go with it. */
    public VmMode mode = VmMode.OBSERVE;

    /** Priority, 0 lowest to 9 highest. */
    public int priority;

    /** Least allocation. */
    public long floorKib;

    /** Greatest allocation. */
    public long ceilingKib;

    /** What the VM had before the engine first touched it. */
    public long originalKib;

    /** An amount, as the kind says. */
    public long amountKib;

    /** An engine time, as the kind says. */
    public long timeNs;

    /** A text, as the kind says. */
    public final Text text = new Text(TEXT_BYTES_MAX);

    ControlSection() {
        clear();
    }

    /** Empties the section. */
    public void clear() {
        kind = ControlKind.ENGINE_STARTED;
        vmSlot = -1;
        vmGeneration = 0;
        vmName.clear();
        vmUuidHigh = 0;
        vmUuidLow = 0;
        mode = VmMode.OBSERVE;
        priority = 0;
        floorKib = 0;
        ceilingKib = 0;
        originalKib = 0;
        amountKib = 0;
        timeNs = 0;
        text.clear();
    }
}
