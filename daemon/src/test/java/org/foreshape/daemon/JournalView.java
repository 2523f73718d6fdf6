package org.foreshape.daemon;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.foreshape.journal.JournalReader;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;

/** Follows a journal while a daemon writes it, and knows which VM is in which slot. */
final class JournalView implements AutoCloseable {
    private final JournalReader reader;
    private final Map<String, Integer> slots = new HashMap<>();
    private Tick tick = new Tick(1);

    JournalView(Path directory) {
        reader = JournalReader.open(directory);
    }

    /** The next event, or null when there is none yet; valid until the next call. */
    Tick next() {
        if (!reader.advance()) {
            return null;
        }
        if (tick.vmCountMax != reader.vmCountMax()) {
            tick = new Tick(reader.vmCountMax());
        }
        reader.read(tick);
        if (tick.kind == EventKind.CONTROL && tick.control.kind == ControlKind.VM_ARRIVED) {
            slots.put(tick.control.vmName.toString(), tick.control.vmSlot);
        }
        return tick;
    }

    /** Reads on until an event meets the condition; false when there is none so far. */
    boolean find(Predicate<Tick> condition) {
        for (Tick event = next(); event != null; event = next()) {
            if (condition.test(event)) {
                return true;
            }
        }
        return false;
    }

    /** Slot of a VM, or -1 when it has not arrived. */
    int slot(String vmName) {
        return slots.getOrDefault(vmName, -1);
    }

    @Override
    public void close() {
        reader.close();
    }
}
