package org.foreshape.journal.export;

import static org.foreshape.journal.export.Column.known;
import static org.foreshape.journal.export.Column.real;
import static org.foreshape.journal.export.Column.small;
import static org.foreshape.journal.export.Column.text;
import static org.foreshape.journal.export.Column.time;
import static org.foreshape.journal.export.Column.whole;
import static org.foreshape.journal.export.Column.word;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.Limit;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.Reason;
import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.Verdict;

/** The tables of samples and of what was decided on them: a row for each VM. */
final class SlotTables {
    private SlotTables() {}

    /** A table with a row for each VM; columns begin with which one. */
    private static Table perVm(
            String name,
            String meaning,
            Table.Concerns concerns,
            Table.Rows rows,
            Column... columns) {
        List<Column> all =
                new ArrayList<>(
                        Tables.vm(
                                "the VM's slot",
                                row -> row.index,
                                row -> row.generation(row.index)));
        all.addAll(List.of(columns));
        return Tables.table(name, meaning, concerns, rows, all.toArray(Column[]::new));
    }

    static Table samples() {
        return perVm(
                "samples",
                "What one sampling pass saw of a VM. NULL: the hypervisor cannot tell.",
                kind -> kind == EventKind.SAMPLE,
                SlotTables::nextSample,
                time(
                        "stats_time",
                        "when the guest's own statistics were taken",
                        row -> row.tick.sample.statsTimeNs[row.index]),
                figure("allocation_kib", "what the VM has", s -> s.allocationKib),
                figure("maximum_kib", "the most it can have without a reboot", s -> s.maximumKib),
                figure(
                        "guest_total_kib",
                        "what the guest sees as its memory",
                        s -> s.guestTotalKib),
                figure("usable_kib", "what the guest could use without swapping", s -> s.usableKib),
                figure("unused_kib", "what the guest leaves wholly unused", s -> s.unusedKib),
                figure("disk_cache_kib", "page cache of the guest", s -> s.diskCacheKib),
                figure("resident_kib", "host memory behind the VM", s -> s.residentKib),
                figure("swap_in_kib", "swapped in by the guest since its start", s -> s.swapInKib),
                figure(
                        "major_fault_count",
                        "major faults of the guest since its start",
                        s -> s.majorFaultCount),
                figure("cpu_time_ns", "CPU time of the VM since its start", s -> s.cpuTimeNs),
                figure(
                        "cpu_millicores",
                        "CPU in use since the sample before",
                        s -> s.cpuMillicores),
                small("vcpu_count", "vCPUs online", row -> row.tick.sample.vcpuCount[row.index]),
                small(
                        "vcpu_count_max",
                        "vCPUs that can be online",
                        row -> row.tick.sample.vcpuCountMax[row.index]),
                figure("storage_kib", "what its disks take up on the host", s -> s.storageKib),
                figure(
                        "storage_capacity_kib",
                        "what its disks can hold at most",
                        s -> s.storageCapacityKib),
                figure("disk_read_bytes", "read since its start", s -> s.diskReadBytes),
                figure("disk_write_bytes", "written since its start", s -> s.diskWriteBytes),
                figure("net_received_bytes", "received since its start", s -> s.netReceivedBytes),
                figure("net_sent_bytes", "sent since its start", s -> s.netSentBytes),
                figure(
                        "stalled_ns",
                        "how long its work stood still for want of memory since its start",
                        s -> s.stalledNs));
    }

    /** An array of a sample. */
    private interface Figures {
        long[] of(SampleSection sample);
    }

    private static Column figure(String name, String meaning, Figures figures) {
        return known(name, meaning, row -> figures.of(row.tick.sample)[row.index]);
    }

    private static int nextSample(Tick tick, int from) {
        SampleSection sample = tick.sample;
        for (int slot = from; slot < sample.slotCount; slot++) {
            if (sample.present[slot]) {
                return slot;
            }
        }
        return Table.NONE;
    }

    static Table hostSamples() {
        return Tables.table(
                "host_samples",
                "What one sampling pass saw of the host. NULL: it cannot be told.",
                kind -> kind == EventKind.SAMPLE,
                (tick, from) -> from == 0 && tick.kind == EventKind.SAMPLE ? 0 : Table.NONE,
                known("memory_kib", "memory of the host", row -> row.tick.sample.hostMemoryKib),
                known(
                        "available_kib",
                        "memory of the host that is available",
                        row -> row.tick.sample.hostAvailableKib),
                known(
                        "cpu_millicores",
                        "CPU in use on the host",
                        row -> row.tick.sample.hostCpuMillicores),
                known(
                        "memory_stall_ns",
                        "stall of the host on memory since its start",
                        row -> row.tick.sample.hostMemoryStallNs));
    }

    static Table forecasts() {
        List<Column> columns = new ArrayList<>();
        columns.add(
                word(
                        "source",
                        "who made it",
                        ForecastSource.class,
                        row -> row.tick.forecast.source[row.index]));
        columns.add(
                whole(
                        "task_kib",
                        "memory that its tasks are expected to need on top",
                        row -> row.tick.forecast.taskKib[row.index]));
        columns.add(
                whole(
                        "task_cpu_millicores",
                        "CPU that its tasks are expected to need on top",
                        row -> row.tick.forecast.taskCpuMillicores[row.index]));
        columns.add(
                whole(
                        "task_storage_kib",
                        "storage that its tasks are expected to take up on top",
                        row -> row.tick.forecast.taskStorageKib[row.index]));
        columns.add(
                time(
                        "task_start",
                        "when the first of those starts",
                        row -> row.tick.forecast.taskStartTimeNs[row.index]));
        for (Resource resource : Resource.values()) {
            for (Horizon horizon : Horizon.values()) {
                for (int q = 0; q < Quantiles.COUNT; q++) {
                    columns.add(quantile(resource, horizon, q));
                }
            }
        }
        return perVm(
                "forecasts",
                "The distribution of a VM's peak demand within 5 and 15 minutes, by quantiles.",
                kind -> kind == EventKind.SAMPLE,
                SlotTables::nextForecast,
                columns.toArray(Column[]::new));
    }

    private static Column quantile(Resource resource, Horizon horizon, int q) {
        String digits = Double.toString(Quantiles.level(q)).substring(2);
        String level = digits.length() == 1 ? digits + "0" : digits;
        String unit = resource == Resource.CPU ? "millicores" : "kib";
        String name =
                resource.name().toLowerCase(Locale.ROOT)
                        + "_"
                        + horizon.minutes()
                        + "min_p"
                        + level
                        + "_"
                        + unit;
        int offset = ForecastSection.offset(0, resource, horizon) + q;
        return real(
                name,
                "quantile " + Quantiles.level(q),
                row -> row.tick.forecast.quantile[row.index * ForecastSection.STRIDE + offset]);
    }

    private static int nextForecast(Tick tick, int from) {
        ForecastSection forecast = tick.forecast;
        for (int slot = from; slot < forecast.slotCount; slot++) {
            if (forecast.source[slot] != ForecastSource.NONE) {
                return slot;
            }
        }
        return Table.NONE;
    }

    static Table plans() {
        return perVm(
                "plans",
                "What a VM shall have, and why: one decision on one VM.",
                kind -> kind != EventKind.LEARNT,
                SlotTables::nextPlan,
                word("verdict", "what", Verdict.class, row -> row.tick.plan.verdict[row.index]),
                word("reason", "why", Reason.class, row -> row.tick.plan.reason[row.index]),
                word(
                        "bound",
                        "what bounded it",
                        Limit.class,
                        row -> row.tick.plan.limit[row.index]),
                whole("demand_kib", "what the VM used", row -> row.tick.plan.demandKib[row.index]),
                whole(
                        "want_kib",
                        "what was wanted before any bound",
                        row -> row.tick.plan.wantKib[row.index]),
                whole(
                        "target_kib",
                        "what the VM shall have",
                        row -> row.tick.plan.targetKib[row.index]),
                whole(
                        "allocation_kib",
                        "what the VM had",
                        row -> row.tick.plan.allocationKib[row.index]),
                small(
                        "partner_slot",
                        "whose need made it shrink, or whose idle memory lets it grow",
                        row -> row.tick.plan.partnerSlot[row.index]),
                text(
                        "partner_vm",
                        "that VM's name",
                        row -> row.vmName(row.tick.plan.partnerSlot[row.index])),
                whole("budget_kib", "what all VMs may have", row -> row.tick.plan.budgetKib),
                time(
                        "deadline",
                        "when its acts must have started",
                        row -> row.tick.plan.deadlineTimeNs));
    }

    private static int nextPlan(Tick tick, int from) {
        PlanSection plan = tick.plan;
        for (int slot = from; slot < plan.slotCount; slot++) {
            if (plan.verdict[slot] != Verdict.ABSENT) {
                return slot;
            }
        }
        return Table.NONE;
    }

    static Table acts() {
        return Tables.table(
                "acts",
                "An act that a plan called for: an intent, written before the act.",
                kind -> kind != EventKind.LEARNT,
                (tick, from) -> from < tick.plan.actCount ? from : Table.NONE,
                small("number", "in its plan, from 0", row -> row.index),
                small("slot", "the VM's slot", row -> row.tick.plan.actSlot[row.index]),
                small(
                        "generation",
                        "which VM of that slot",
                        row -> row.tick.plan.actGeneration[row.index]),
                text(
                        "vm",
                        "name of that VM",
                        row ->
                                row.vmName(
                                        row.tick.plan.actSlot[row.index],
                                        row.tick.plan.actGeneration[row.index])),
                word("act", "what to do", ActKind.class, row -> row.tick.plan.actKind[row.index]),
                whole(
                        "amount",
                        "what to set: KiB, for vCPUs their number",
                        row -> row.tick.plan.actAmount[row.index]),
                time("deadline", "when it must have started", row -> row.tick.plan.deadlineTimeNs));
    }
}
