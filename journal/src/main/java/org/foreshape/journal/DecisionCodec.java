package org.foreshape.journal;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.foreshape.journal.codec.ForecastDecoder;
import org.foreshape.journal.codec.ForecastEncoder;
import org.foreshape.journal.codec.MessageHeaderDecoder;
import org.foreshape.journal.codec.MessageHeaderEncoder;
import org.foreshape.journal.codec.PlanDecoder;
import org.foreshape.journal.codec.PlanEncoder;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Limit;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.Reason;
import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.Verdict;

/**
 * What was decided on an event, forecast and plan, as SBE messages and back, every bit of it.
 * Allocates nothing. Not thread-safe.
 */
final class DecisionCodec {
    /** Version from which on a record holds forecasts of storage. */
    static final int STORAGE_SINCE = 4;

    /** Version from which on a record holds what tasks need of CPU and storage. */
    static final int TASK_RESOURCES_SINCE = 6;

    /** Figures of a slot before those of storage. */
    static final int FIRST_FIGURES = Resource.STORAGE.ordinal() * ForecastSection.RESOURCE_STRIDE;

    private final ForecastEncoder forecastEncoder = new ForecastEncoder();
    private final ForecastDecoder forecastDecoder = new ForecastDecoder();
    private final PlanEncoder planEncoder = new PlanEncoder();
    private final PlanDecoder planDecoder = new PlanDecoder();

    /** Whether the section differs from an empty one, so that it must be written. */
    static boolean isSet(PlanSection plan) {
        return plan.made
                || plan.slotCount != 0
                || plan.actCount != 0
                || plan.budgetKib != 0
                || plan.deadlineTimeNs != 0;
    }

    int encode(
            ForecastSection forecast,
            MutableDirectBuffer buffer,
            int offset,
            MessageHeaderEncoder header) {
        forecastEncoder.wrapAndApplyHeader(buffer, offset, header);
        ForecastEncoder.SlotsEncoder slots = forecastEncoder.slotsCount(forecast.slotCount);
        for (int slot = 0; slot < forecast.slotCount; slot++) {
            slots.next()
                    .taskKib(forecast.taskKib[slot])
                    .taskStartTimeNs(forecast.taskStartTimeNs[slot])
                    .taskCpuMillicores(forecast.taskCpuMillicores[slot])
                    .taskStorageKib(forecast.taskStorageKib[slot])
                    .source((short) forecast.source[slot].ordinal());
            int from = slot * ForecastSection.STRIDE;
            for (int i = 0; i < FIRST_FIGURES; i++) {
                slots.quantile(i, forecast.quantile[from + i]);
            }
            for (int i = FIRST_FIGURES; i < ForecastSection.STRIDE; i++) {
                slots.storageQuantile(i - FIRST_FIGURES, forecast.quantile[from + i]);
            }
        }
        return forecastEncoder.limit();
    }

    int decode(
            ForecastSection forecast,
            DirectBuffer buffer,
            int offset,
            MessageHeaderDecoder header) {
        forecastDecoder.wrapAndApplyHeader(buffer, offset, header);
        boolean storage = header.version() >= STORAGE_SINCE;
        boolean all = header.version() >= TASK_RESOURCES_SINCE;
        ForecastDecoder.SlotsDecoder slots = forecastDecoder.slots();
        forecast.slotCount = RecordDecoder.slotCount(slots.count(), forecast.source.length);
        for (int slot = 0; slots.hasNext(); slot++) {
            slots.next();
            forecast.taskKib[slot] = slots.taskKib();
            forecast.taskStartTimeNs[slot] = slots.taskStartTimeNs();
            forecast.taskCpuMillicores[slot] = all ? slots.taskCpuMillicores() : 0;
            forecast.taskStorageKib[slot] = all ? slots.taskStorageKib() : 0;
            forecast.source[slot] = ForecastSource.of(slots.source());
            int from = slot * ForecastSection.STRIDE;
            for (int i = 0; i < FIRST_FIGURES; i++) {
                forecast.quantile[from + i] = slots.quantile(i);
            }
            for (int i = FIRST_FIGURES; i < ForecastSection.STRIDE; i++) {
                forecast.quantile[from + i] =
                        storage ? slots.storageQuantile(i - FIRST_FIGURES) : 0f;
            }
        }
        return forecastDecoder.limit();
    }

    int encode(
            PlanSection plan, MutableDirectBuffer buffer, int offset, MessageHeaderEncoder header) {
        planEncoder
                .wrapAndApplyHeader(buffer, offset, header)
                .budgetKib(plan.budgetKib)
                .deadlineTimeNs(plan.deadlineTimeNs)
                .made(plan.made ? (short) 1 : 0);
        PlanEncoder.SlotsEncoder slots = planEncoder.slotsCount(plan.slotCount);
        for (int slot = 0; slot < plan.slotCount; slot++) {
            slots.next()
                    .demandKib(plan.demandKib[slot])
                    .wantKib(plan.wantKib[slot])
                    .targetKib(plan.targetKib[slot])
                    .allocationKib(plan.allocationKib[slot])
                    .partnerSlot(plan.partnerSlot[slot])
                    .verdict((short) plan.verdict[slot].ordinal())
                    .reason((short) plan.reason[slot].ordinal())
                    .limit((short) plan.limit[slot].ordinal());
        }
        PlanEncoder.ActsEncoder acts = planEncoder.actsCount(plan.actCount);
        for (int act = 0; act < plan.actCount; act++) {
            acts.next()
                    .amount(plan.actAmount[act])
                    .slot(plan.actSlot[act])
                    .generation(plan.actGeneration[act])
                    .actKind((short) plan.actKind[act].ordinal());
        }
        return planEncoder.limit();
    }

    int decode(PlanSection plan, DirectBuffer buffer, int offset, MessageHeaderDecoder header) {
        planDecoder.wrapAndApplyHeader(buffer, offset, header);
        plan.budgetKib = planDecoder.budgetKib();
        plan.deadlineTimeNs = planDecoder.deadlineTimeNs();
        plan.made = planDecoder.made() != 0;
        PlanDecoder.SlotsDecoder slots = planDecoder.slots();
        plan.slotCount = RecordDecoder.slotCount(slots.count(), plan.verdict.length);
        for (int slot = 0; slots.hasNext(); slot++) {
            slots.next();
            plan.demandKib[slot] = slots.demandKib();
            plan.wantKib[slot] = slots.wantKib();
            plan.targetKib[slot] = slots.targetKib();
            plan.allocationKib[slot] = slots.allocationKib();
            plan.partnerSlot[slot] = slots.partnerSlot();
            plan.verdict[slot] = Verdict.of(slots.verdict());
            plan.reason[slot] = Reason.of(slots.reason());
            plan.limit[slot] = Limit.of(slots.limit());
        }
        PlanDecoder.ActsDecoder acts = planDecoder.acts();
        int actCount = RecordDecoder.slotCount(acts.count(), plan.actSlot.length);
        plan.actCount = 0;
        for (int act = 0; act < actCount; act++) {
            acts.next();
            plan.addAct(acts.slot(), acts.generation(), ActKind.of(acts.actKind()), acts.amount());
        }
        return planDecoder.limit();
    }
}
