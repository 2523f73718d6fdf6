package org.foreshape.prefault;

/** One kind of step of a plan; a plan has them in order. */
public enum PrefaultStep {
    /** Set the global switch of huge pages aside; its old value is put back right after. */
    SWITCH("set the global huge page switch aside for the next step only, and put it back"),
    /** Read one byte of each block of 2 MiB. */
    TOUCH_BLOCKS("read one byte of each block of 2 MiB"),
    /** Gather each block into a huge page. */
    COLLAPSE("collapse each block to a huge page (MADV_COLLAPSE)"),
    /** Allocate pages in the memory file. */
    POPULATE_FILE("populate a mapping of the memory file of our own"),
    /** Read one byte per 64 KiB. */
    TOUCH_WINDOWS("read one byte per 64 KiB, so that the pages enter the guest's page table"),
    /** Populate a mapping of this process. */
    POPULATE_OWN("populate the mapping"),
    /** Ask QEMU. */
    ASK_QEMU("qom-set /objects/<memory backend> prealloc true, over QMP, by the caller");

    private final String words;

    PrefaultStep(String words) {
        this.words = words;
    }

    /**
     * What it does.
     *
     * @return a sentence's part
     */
    public String words() {
        return words;
    }
}
