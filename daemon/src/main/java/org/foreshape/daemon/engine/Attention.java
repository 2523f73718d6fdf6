package org.foreshape.daemon.engine;

import org.foreshape.hypervisor.Hypervisor;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.Reason;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.stage.Learner;

/**
 * Asks the hypervisor to look more often at VMs that are near their edge, move fast, or are about
 * to start a task. Runs on the engine's thread; the hypervisor's budget decides what comes of it.
 */
final class Attention implements Learner {
    /** A VM with less of its allocation left than this share is near its edge. */
    private static final long EDGE_PERCENT = 15;

    private final Hypervisor hypervisor;
    private final long spanNs;

    Attention(Hypervisor hypervisor, long spanNs) {
        this.hypervisor = hypervisor;
        this.spanNs = spanNs;
    }

    @Override
    public void learn(Tick tick) {
        PlanSection plan = tick.plan;
        if (!plan.made) {
            return;
        }
        SampleSection sample = tick.sample;
        int count = Math.min(plan.slotCount, sample.slotCount);
        for (int slot = 0; slot < count; slot++) {
            if (sample.present[slot] && (isUrgent(plan.reason[slot]) || isNearEdge(sample, slot))) {
                hypervisor.attend(slot, sample.generation[slot], tick.timeNs + spanNs);
            }
        }
    }

    private static boolean isUrgent(Reason reason) {
        return switch (reason) {
            case STARVED, FALLING_FAST, TASK -> true;
            case NONE,
                    WITHIN_BAND,
                    FORECAST,
                    REACTIVE,
                    RECLAIM_IDLE,
                    RECLAIM_FOR_OTHERS,
                    RESTORE,
                    UNCOOPERATIVE,
                    STALE ->
                    false;
        };
    }

    private static boolean isNearEdge(SampleSection sample, int slot) {
        return sample.hasGuestStats(slot)
                && sample.usableKib[slot] * 100 < sample.allocationKib[slot] * EDGE_PERCENT;
    }
}
