package org.foreshape.hypervisor.embedded;

import java.util.UUID;
import org.foreshape.ring.event.VmPolicy;
import org.jspecify.annotations.Nullable;

/**
 * One guest to run.
 *
 * @param name its name, unique in its hypervisor
 * @param uuid its identity
 * @param curve what its workload would use
 * @param ceilingKib its size with the balloon empty, in reported KiB
 * @param initialKib what it has at its start, at most the ceiling
 * @param vcpuCount vCPUs it reports
 * @param policy what the VM itself carries; null: the settings decide
 */
public record GuestSpec(
        String name,
        UUID uuid,
        DemandCurve curve,
        long ceilingKib,
        long initialKib,
        int vcpuCount,
        @Nullable VmPolicy policy) {
    /** Checks the sizes. */
    public GuestSpec {
        if (ceilingKib <= 0 || initialKib <= 0 || initialKib > ceilingKib || vcpuCount < 1) {
            throw new IllegalArgumentException(
                    "guest "
                            + name
                            + ": initial "
                            + initialKib
                            + " KiB must be above 0 and at most the ceiling "
                            + ceilingKib
                            + " KiB, and vCPUs ("
                            + vcpuCount
                            + ") at least 1");
        }
    }

    /** The same guest with another size at its start: what an arm of a comparison changes. */
    public GuestSpec withInitialKib(long newInitialKib) {
        return new GuestSpec(name, uuid, curve, ceilingKib, newInitialKib, vcpuCount, policy);
    }
}
