package org.foreshape.prefault;

import java.nio.file.Path;

/** The kernel's switches that acts set aside. Any thread. */
final class HugePageSwitches implements AutoCloseable {
    private final HugePageSwitch block;
    private final HugePageSwitch zeroPage;
    private final HugePageSwitch fileWindow;

    /**
     * Stores where they are.
     *
     * @param folder the one of huge pages in /sys
     */
    HugePageSwitches(Path folder) {
        block = new HugePageSwitch(HostFacts.blockSwitch(folder), "never");
        zeroPage = new HugePageSwitch(HostFacts.zeroPageSwitch(folder), "0");
        fileWindow = new HugePageSwitch(HostFacts.fileWindowSwitch(folder), "advise");
    }

    /** Huge pages of 2 MiB on a fault: off while it is held. */
    HugePageSwitch block() {
        return block;
    }

    /** The huge page of zeros: off while it is held. */
    HugePageSwitch zeroPage() {
        return zeroPage;
    }

    /** Pages of 64 KiB in memory files whose mapping is marked for huge pages: on while held. */
    HugePageSwitch fileWindow() {
        return fileWindow;
    }

    /** Ends their keepers, after holds that are under way. Idempotent. */
    @Override
    public void close() {
        block.close();
        zeroPage.close();
        fileWindow.close();
    }
}
