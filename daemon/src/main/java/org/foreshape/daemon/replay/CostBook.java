package org.foreshape.daemon.replay;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.foreshape.daemon.tune.EpochMeter;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.shaping.ShapingSettings;
import org.foreshape.shaping.tuning.EpochCost;

/**
 * What the VMs of a host cost, by VM and stretch of time. Books on the same samples have the same
 * entries in the same order, whatever the VMs had. One thread.
 */
final class CostBook {
    /** Long enough for what a late act costs to fall in the stretch of the act. */
    private static final long STRETCH_NS = 900_000_000_000L;

    private static final double NS_PER_MINUTE = 6e10;
    private static final double KIB_NS_PER_GIB_HOUR = 3.6e12 * (1 << 20);

    /**
     * What one VM cost in one stretch.
     *
     * @param vm its name
     * @param cost slack, starved minutes, acts
     * @param lackGibHours what it needed beyond what it had
     * @param givenGibHours what it had
     * @param sampleMinutes mean time from one sample to the next
     */
    record Entry(
            String vm,
            EpochCost cost,
            double lackGibHours,
            double givenGibHours,
            double sampleMinutes) {
        /** In how many samples it was starved. */
        double starvedSamples() {
            return cost.shortMinutes() / sampleMinutes;
        }
    }

    private final ShapingSettings settings;
    private final List<Entry> entries = new ArrayList<>();
    private final Map<String, Account> accounts = new HashMap<>();
    private long stretchEndNs;
    private long nowNs;

    private static final class Account {
        final EpochMeter meter;
        double lackKibNs;
        double givenKibNs;
        int samples;

        Account(EpochMeter meter) {
            this.meter = meter;
        }
    }

    /** An empty book that calls starved what these settings do. */
    CostBook(ShapingSettings settings) {
        this.settings = settings;
    }

    /**
     * Counts the time since the sample before.
     *
     * @param vmName the name of the VM in each slot
     * @param needKib what each VM with statistics needs
     */
    void count(SampleSection sample, long[] needKib, String[] vmName, long timeNs) {
        if (nowNs == 0) {
            stretchEndNs = timeNs + STRETCH_NS;
        } else {
            for (int slot = 0; slot < sample.slotCount; slot++) {
                if (sample.hasGuestStats(slot)) {
                    count(sample, slot, needKib[slot], vmName[slot], timeNs);
                }
            }
        }
        nowNs = timeNs;
        if (timeNs >= stretchEndNs) {
            close();
            stretchEndNs = timeNs + STRETCH_NS;
        }
    }

    private void count(SampleSection sample, int slot, long needKib, String vm, long timeNs) {
        Account account =
                accounts.computeIfAbsent(vm, key -> new Account(new EpochMeter(settings)));
        double elapsedNs = timeNs - nowNs;
        account.meter.count(sample, slot, timeNs - nowNs, timeNs);
        account.lackKibNs += Math.max(0, needKib - sample.allocationKib[slot]) * elapsedNs;
        account.samples++;
        account.givenKibNs += sample.allocationKib[slot] * elapsedNs;
    }

    /** Time between the runs of an engine is nobody's. */
    void pause() {
        close();
        nowNs = 0;
    }

    private void close() {
        accounts.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .filter(each -> each.getValue().meter.countedNs() > 0)
                .forEach(each -> {
                    Account account = each.getValue();
                    entries.add(
                            new Entry(
                                    each.getKey(),
                                    account.meter.cost(),
                                    account.lackKibNs / KIB_NS_PER_GIB_HOUR,
                                    account.givenKibNs / KIB_NS_PER_GIB_HOUR,
                                    account.meter.countedNs() / NS_PER_MINUTE / account.samples));
                    account.meter.clear();
                    account.lackKibNs = 0;
                    account.givenKibNs = 0;
                    account.samples = 0;
                });
    }

    /** All of it; call {@link #pause} before. */
    List<Entry> entries() {
        return entries;
    }
}
