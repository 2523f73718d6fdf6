package org.foreshape.daemon.engine;

import java.util.UUID;
import java.util.function.Function;
import org.foreshape.hypervisor.VmSettings;
import org.foreshape.journal.JournalState;
import org.foreshape.ring.event.VmPolicy;

/**
 * What the journal and the configuration know of VMs. What an operator last set by command comes
 * before the configuration; what a VM had before any run comes from the journal.
 */
record KnownVms(JournalState state, Function<String, VmPolicy> policyOf) implements VmSettings {
    @Override
    public VmPolicy policyFor(String vmName, UUID vmUuid) {
        JournalState.Vm known = state.vms().get(vmUuid);
        VmPolicy last = known == null ? null : known.operatorPolicy();
        return last != null ? last : policyOf.apply(vmName);
    }

    @Override
    public long originalKib(UUID vmUuid, long currentKib) {
        JournalState.Vm known = state.vms().get(vmUuid);
        return known != null && known.originalKib() > 0 ? known.originalKib() : currentKib;
    }
}
