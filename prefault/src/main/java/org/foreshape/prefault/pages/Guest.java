package org.foreshape.prefault.pages;

import java.util.ArrayList;
import java.util.List;
import org.foreshape.nativebindings.linux.Descriptor;
import org.jspecify.annotations.Nullable;

/**
 * A guest to serve: its descriptors and its ledger. In the keeper's hands they travel in the order
 * userfaultfd, pidfd, ledger, shared memory.
 *
 * @param userfaultfd where its faults come from
 * @param pidfd the process that connected
 * @param ledger what was done for it
 * @param sharedMemory its memory file, when its memory is shared; else null
 */
record Guest(
        Descriptor userfaultfd,
        Descriptor pidfd,
        PageLedger ledger,
        @Nullable Descriptor sharedMemory) {
    static final int DESCRIPTORS_MIN = 3;

    List<Descriptor> descriptors() {
        List<Descriptor> all = new ArrayList<>(List.of(userfaultfd, pidfd, ledger.descriptor()));
        if (sharedMemory != null) {
            all.add(sharedMemory);
        }
        return all;
    }

    /** Closes all but the userfaultfd, whose closing is a decision of its own. */
    void closeOthers() {
        pidfd.close();
        ledger.close();
        if (sharedMemory != null) {
            sharedMemory.close();
        }
    }
}
