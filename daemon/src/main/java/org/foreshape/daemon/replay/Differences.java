package org.foreshape.daemon.replay;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.Tick;

/** Compares what was recorded as decided with what another policy decides. One thread. */
final class Differences {
    private static final long APART_KIB = 1024;

    private final Map<String, Difference> furthest = new HashMap<>();
    private long targetCount;
    private long apartCount;

    /**
     * Compares the plans on a sample, where both made one.
     *
     * @param recorded the sample with the plan that was recorded
     * @param other the other plan
     * @param vmName the name of the VM in each slot
     */
    void compare(long runId, Tick recorded, PlanSection other, String[] vmName) {
        PlanSection plan = recorded.plan;
        if (!plan.made || !other.made) {
            return;
        }
        int slotCount = Math.min(plan.slotCount, other.slotCount);
        for (int slot = 0; slot < slotCount; slot++) {
            if (recorded.sample.hasGuestStats(slot)) {
                targetCount++;
                compare(runId, recorded, other, slot, vmName[slot]);
            }
        }
    }

    private void compare(long runId, Tick recorded, PlanSection other, int slot, String vm) {
        PlanSection plan = recorded.plan;
        long wayKib = Math.abs(plan.targetKib[slot] - other.targetKib[slot]);
        if (wayKib <= APART_KIB) {
            return;
        }
        apartCount++;
        Difference known = furthest.get(vm);
        if (known == null || wayKib > known.wayKib()) {
            furthest.put(
                    vm,
                    new Difference(
                            vm,
                            runId,
                            recorded.sequence,
                            recorded.timeNs,
                            plan.targetKib[slot],
                            plan.reason[slot],
                            other.targetKib[slot],
                            other.reason[slot]));
        }
    }

    /** Targets that were compared. */
    long targetCount() {
        return targetCount;
    }

    /** Of them, those more than a MiB apart. */
    long apartCount() {
        return apartCount;
    }

    /** Where each VM's targets were furthest apart, furthest first. */
    List<Difference> furthest() {
        return furthest.values().stream()
                .sorted(
                        Comparator.comparingLong(Difference::wayKib)
                                .reversed()
                                .thenComparing(Difference::vm))
                .toList();
    }
}
