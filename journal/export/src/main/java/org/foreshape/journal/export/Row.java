package org.foreshape.journal.export;

import org.foreshape.journal.JournalReader;
import org.foreshape.journal.VmNames;
import org.foreshape.ring.event.Tick;
import org.jspecify.annotations.Nullable;

/** The row that a scan stands at: a record, and which of its rows. One thread at a time. */
final class Row {
    final JournalReader reader;
    final VmNames names;
    Tick tick = new Tick(1);

    /** Slot or number within the record, as the table counts. */
    int index;

    Row(JournalReader reader) {
        this.reader = reader;
        this.names = VmNames.of(reader.directory());
    }

    /** Name of the VM that a slot held when the record was written, or null. */
    @Nullable String vmName(int slot) {
        VmNames.Vm vm = names.at(slot);
        return vm == null ? null : vm.name();
    }

    /** Name of a certain VM, or null when the journal does not know it any more. */
    @Nullable String vmName(int slot, int generation) {
        VmNames.Vm vm = names.find(slot, generation);
        return vm == null ? null : vm.name();
    }

    /** Generation of the VM in a slot, or -1. */
    int generation(int slot) {
        VmNames.Vm vm = names.at(slot);
        return vm == null ? -1 : vm.generation();
    }
}
