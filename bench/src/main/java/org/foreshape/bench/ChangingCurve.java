package org.foreshape.bench;

import org.foreshape.hypervisor.embedded.DemandCurve;

/**
 * Demand that follows one law until a moment and another one from there on.
 *
 * @param before the first law
 * @param after the second
 * @param changeNs when, in the curves' own time
 */
record ChangingCurve(DemandCurve before, DemandCurve after, long changeNs) implements DemandCurve {
    @Override
    public String kind() {
        return before.kind() + " then " + after.kind();
    }

    @Override
    public long memoryKib(long elapsedNs) {
        return at(elapsedNs).memoryKib(elapsedNs);
    }

    @Override
    public long cpuMillicores(long elapsedNs) {
        return at(elapsedNs).cpuMillicores(elapsedNs);
    }

    private DemandCurve at(long elapsedNs) {
        return elapsedNs < changeNs ? before : after;
    }
}
