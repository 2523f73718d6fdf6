package org.foreshape.journal;

import java.util.UUID;
import org.foreshape.ring.event.ActKind;
import org.jspecify.annotations.Nullable;

/**
 * An act that a recorded plan called for.
 *
 * @param runId run of the plan
 * @param planSequence number of the event in that run whose plan held the act
 * @param vmSlot the VM's slot
 * @param vmGeneration generation of that VM
 * @param kind what to do
 * @param amount what to set, in the unit of the kind
 * @param timeNs engine time of the plan
 * @param vmName the VM's name, or null when the journal no longer holds its arrival
 * @param vmUuid the VM's identity, likewise
 */
public record Intent(
        long runId,
        long planSequence,
        int vmSlot,
        int vmGeneration,
        ActKind kind,
        long amount,
        long timeNs,
        @Nullable String vmName,
        @Nullable UUID vmUuid) {

    /**
     * Names the intent without doubt: {@code run 3 event 120 slot 2/1 RESIZE_MEMORY}. A control
     * event INTENT_UNRESOLVED whose text begins with this and a colon closes the intent.
     */
    public String key() {
        return key(runId, planSequence, vmSlot, vmGeneration, kind);
    }

    /** The text for a control event INTENT_UNRESOLVED, which closes the intent. */
    public String text() {
        return key() + ": set " + (vmName == null ? "an unknown VM" : vmName) + " to " + amount;
    }

    static String key(long runId, long planSequence, int slot, int generation, ActKind kind) {
        return "run "
                + runId
                + " event "
                + planSequence
                + " slot "
                + slot
                + "/"
                + generation
                + " "
                + kind;
    }
}
