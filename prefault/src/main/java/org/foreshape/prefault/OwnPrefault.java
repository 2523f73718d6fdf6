package org.foreshape.prefault;

import java.io.IOException;
import org.foreshape.nativebindings.linux.LinuxException;
import org.foreshape.nativebindings.linux.MappedMemory;
import org.foreshape.prefault.PrefaultReport.Stop;

/** One act on a mapping of this process. One thread, once. */
final class OwnPrefault {
    private final MappedMemory memory;
    private final PrefaultRequest request;
    private final PathRates rates;
    private final ActTally tally = new ActTally();

    OwnPrefault(MappedMemory memory, PrefaultRequest request, PathRates rates) {
        this.memory = memory;
        this.request = request;
        this.rates = rates;
    }

    PrefaultReport run(PrefaultCancel cancel) {
        long startNs = System.nanoTime();
        HostFacts none = new HostFacts("", null, false, false, false);
        PlannedAct planned = new PrefaultPlanner(none, rates).planOwn(memory.sizeBytes(), request);
        PrefaultPlan plan = planned.plan();
        long before = residentBytes();
        long actStartNs = System.nanoTime();
        Stop stop = plan.path() == PrefaultPath.NONE ? Stop.DONE : Stop.UNAVAILABLE;
        if (plan.isAct()) {
            try (ActControl control = new ActControl(request, cancel, HostMemory.open())) {
                stop = new OwnAct(memory, control, tally).run(planned.wanted());
            } catch (IOException e) {
                stop = ActOutcome.of(e, tally);
            }
        }
        long actNs = System.nanoTime() - actStartNs;
        if (stop == Stop.DONE && plan.isAct()) {
            rates.add(plan.path(), plan.bytes(), actNs);
        }
        // Pages of a memory file are not huge here, and the file's block count is what smaps would
        // say, at the price of one call.
        return new PrefaultReport(
                plan,
                stop,
                ActOutcome.words(stop, plan),
                before,
                residentBytes(),
                0,
                0,
                System.nanoTime() - startNs,
                actNs,
                tally.steps(),
                tally.failures());
    }

    private long residentBytes() {
        try {
            return memory.residentBytes();
        } catch (LinuxException | IllegalStateException e) {
            // Its owner has unmapped it.
            return PrefaultReport.UNKNOWN;
        }
    }
}
