package org.foreshape.daemon.engine;

import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.Tick;

/** Copies what a sample saw and what was decided on it from one event to another. */
final class Snapshot {
    private Snapshot() {}

    /** Makes {@code to} show what {@code from} shows; allocates nothing. */
    static void copy(Tick from, Tick to) {
        to.sequence = from.sequence;
        to.timeNs = from.timeNs;
        to.kind = from.kind;
        to.recorded = from.recorded;
        to.sample.copyFrom(from.sample);
        copy(from.forecast, to.forecast);
        copy(from.plan, to.plan);
    }

    private static void copy(ForecastSection from, ForecastSection to) {
        to.clear();
        int count = from.slotCount;
        System.arraycopy(from.source, 0, to.source, 0, count);
        System.arraycopy(from.quantile, 0, to.quantile, 0, count * ForecastSection.STRIDE);
        System.arraycopy(from.taskKib, 0, to.taskKib, 0, count);
        System.arraycopy(from.taskCpuMillicores, 0, to.taskCpuMillicores, 0, count);
        System.arraycopy(from.taskStorageKib, 0, to.taskStorageKib, 0, count);
        System.arraycopy(from.taskStartTimeNs, 0, to.taskStartTimeNs, 0, count);
        to.slotCount = count;
    }

    private static void copy(PlanSection from, PlanSection to) {
        to.clear();
        int count = from.slotCount;
        System.arraycopy(from.verdict, 0, to.verdict, 0, count);
        System.arraycopy(from.reason, 0, to.reason, 0, count);
        System.arraycopy(from.limit, 0, to.limit, 0, count);
        System.arraycopy(from.demandKib, 0, to.demandKib, 0, count);
        System.arraycopy(from.wantKib, 0, to.wantKib, 0, count);
        System.arraycopy(from.targetKib, 0, to.targetKib, 0, count);
        System.arraycopy(from.allocationKib, 0, to.allocationKib, 0, count);
        System.arraycopy(from.partnerSlot, 0, to.partnerSlot, 0, count);
        int acts = from.actCount;
        System.arraycopy(from.actSlot, 0, to.actSlot, 0, acts);
        System.arraycopy(from.actGeneration, 0, to.actGeneration, 0, acts);
        System.arraycopy(from.actKind, 0, to.actKind, 0, acts);
        System.arraycopy(from.actAmount, 0, to.actAmount, 0, acts);
        to.made = from.made;
        to.budgetKib = from.budgetKib;
        to.deadlineTimeNs = from.deadlineTimeNs;
        to.slotCount = count;
        to.actCount = acts;
    }
}
