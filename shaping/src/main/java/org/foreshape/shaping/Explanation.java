package org.foreshape.shaping;

import java.util.function.IntFunction;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.Verdict;
import org.jspecify.annotations.Nullable;

/** Says in words and numbers why a plan gives a VM what it gives. Not for the hot path. */
public final class Explanation {
    private Explanation() {}

    /**
     * One sentence on one VM of a plan.
     *
     * @param plan the plan
     * @param forecast the forecasts that it was made on, or null when they are not at hand
     * @param slot the VM's slot
     * @param vmName name of the VM in a slot; asked for this VM and its partner
     */
    public static String explain(
            PlanSection plan,
            @Nullable ForecastSection forecast,
            int slot,
            IntFunction<String> vmName) {
        if (!plan.made || slot < 0 || slot >= plan.slotCount) {
            return "slot " + slot + ": no plan";
        }
        if (plan.verdict[slot] == Verdict.ABSENT) {
            return "slot " + slot + ": no VM";
        }
        StringBuilder text = new StringBuilder(240);
        text.append(vmName.apply(slot))
                .append(": uses ")
                .append(mib(plan.demandKib[slot]))
                .append(" of ")
                .append(mib(plan.allocationKib[slot]))
                .append(" MiB");
        forecast(text, forecast, slot);
        task(text, forecast, slot);
        text.append("; wants ").append(mib(plan.wantKib[slot])).append(" MiB");
        long margin = plan.wantKib[slot] - plan.demandKib[slot];
        if (margin > 0) {
            text.append(", a margin of ").append(mib(margin)).append(" MiB");
        }
        text.append(", since ").append(reason(plan, slot));
        partner(text, plan, slot, vmName);
        String limit = limit(plan, slot);
        if (!limit.isEmpty()) {
            text.append("; ").append(limit);
        }
        text.append(" -> target ")
                .append(mib(plan.targetKib[slot]))
                .append(" MiB, ")
                .append(
                        switch (plan.verdict[slot]) {
                            case GROW -> "grow";
                            case SHRINK -> "shrink";
                            case HOLD, ABSENT -> "hold";
                        });
        for (int act = 0; act < plan.actCount; act++) {
            if (plan.actSlot[act] == slot) {
                act(text, plan.actKind[act], plan.actAmount[act]);
            }
        }
        return text.toString();
    }

    private static void act(StringBuilder text, ActKind kind, long amount) {
        switch (kind) {
            case RESIZE_MEMORY -> text.append(", now to ").append(mib(amount)).append(" MiB");
            case RESIZE_VCPUS -> text.append(", now to ").append(amount).append(" vCPUs");
            case RESIZE_STORAGE -> text.append(", now to ").append(mib(amount)).append(" MiB disk");
            case PREFAULT ->
                    text.append("; makes ")
                            .append(mib(amount))
                            .append(" MiB of what it was granted resident before it is touched");
            case SCULPT ->
                    text.append("; brings its memory of ")
                            .append(mib(amount))
                            .append(" MiB together again");
            case PREWARM ->
                    text.append("; loads ")
                            .append(mib(amount))
                            .append(" MiB that its next task will read from its disks");
            case UNSCULPT -> text.append("; brings its memory back to where it lay before");
            case RECLAIM ->
                    text.append("; makes its idle memory of ")
                            .append(mib(amount))
                            .append(" MiB the first to go under pressure");
        }
    }

    private static void forecast(StringBuilder text, @Nullable ForecastSection forecast, int slot) {
        if (forecast == null
                || slot >= forecast.slotCount
                || forecast.source[slot] == ForecastSource.NONE) {
            return;
        }
        float peak = forecast.quantile(slot, Resource.MEMORY, Horizon.MINUTES_5, Quantiles.P95);
        text.append("; .95 of its peaks in 5 min stay below ")
                .append(mib((long) peak))
                .append(" MiB (")
                .append(words(forecast.source[slot]))
                .append(')');
    }

    private static String words(ForecastSource source) {
        return switch (source) {
            case NONE -> "none";
            case MODEL -> "model";
            case FALLBACK -> "fallback";
            case DRIFTED -> "fallback, the model lost against it here";
        };
    }

    private static void task(StringBuilder text, @Nullable ForecastSection forecast, int slot) {
        if (forecast != null && slot < forecast.slotCount && forecast.taskKib[slot] > 0) {
            text.append("; announced tasks need ")
                    .append(mib(forecast.taskKib[slot]))
                    .append(" MiB on top");
        }
    }

    private static String reason(PlanSection plan, int slot) {
        return switch (plan.reason[slot]) {
            case NONE -> "nothing is to be done";
            case WITHIN_BAND -> "a change that small would be noise";
            case FORECAST -> "its forecast says so";
            case REACTIVE -> "there is no forecast and the reactive law says so";
            case STARVED -> "it is starved";
            case FALLING_FAST -> "its usable memory falls fast";
            case TASK -> "an announced task is near";
            case RECLAIM_IDLE -> "it needs no more";
            case RECLAIM_FOR_OTHERS -> "it needs no more and others do";
            case RESTORE -> "its original allocation is given back";
            case UNCOOPERATIVE -> "it does not give back what it is asked for";
            case STALE -> "its statistics are stale or missing";
        };
    }

    private static void partner(
            StringBuilder text, PlanSection plan, int slot, IntFunction<String> vmName) {
        int partner = plan.partnerSlot[slot];
        if (partner < 0) {
            return;
        }
        String name = vmName.apply(partner);
        long moved = Math.abs(plan.targetKib[slot] - plan.allocationKib[slot]);
        long partnerMoved = Math.abs(plan.targetKib[partner] - plan.allocationKib[partner]);
        long given = Math.min(moved, partnerMoved);
        if (plan.verdict[slot] == Verdict.GROW) {
            long idle = Math.max(0, plan.targetKib[partner] - plan.demandKib[partner]);
            text.append("; takes up to ")
                    .append(mib(given))
                    .append(" MiB from ")
                    .append(name)
                    .append(", which is left with ")
                    .append(mib(idle))
                    .append(" idle");
        } else {
            text.append("; gives up to ").append(mib(given)).append(" MiB to ").append(name);
        }
    }

    private static String limit(PlanSection plan, int slot) {
        return switch (plan.limit[slot]) {
            case NONE -> "";
            case FLOOR -> "bounded by its floor";
            case CEILING -> "bounded by its ceiling";
            case BUDGET -> "bounded by the budget of " + mib(plan.budgetKib) + " MiB";
            case PACE -> "taken no faster than guests give";
            case USABLE -> "bounded by what it can spare";
            case STARVED -> "a starved VM is never shrunk";
            case STALE -> "nothing is taken on old statistics";
            case BACKOFF -> "left alone after it or the hypervisor did not follow";
            case MODE -> "its mode, or a pause, allows no act";
            case IN_FLIGHT -> "the act before is still under way";
            case BAND -> "too small a change, or too many this hour";
        };
    }

    private static long mib(long kib) {
        return (kib + 512) / 1024;
    }
}
