package org.foreshape.lab;

/** What runs a guest's instructions. */
public enum Accelerator {
    /** QEMU's own emulation. It works everywhere; a guest costs about 4 s of CPU to boot. */
    TCG,
    /**
     * The hardware. It must have been proven to work: where {@code /dev/kvm} is itself emulated, a
     * guest may spin for ever before its first word, although libvirt offers it.
     */
    KVM
}
