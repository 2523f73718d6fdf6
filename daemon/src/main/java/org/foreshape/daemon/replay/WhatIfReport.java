package org.foreshape.daemon.replay;

import java.util.List;

/**
 * What another policy would have made of a recorded journal.
 *
 * @param policy its name
 * @param hours engine time that was lived through
 * @param events events that were read
 * @param runs runs of the engine
 * @param seconds how long it took
 * @param shortMinutePriceGibHours what a starved minute costs; GiB h of slack
 * @param actPriceGibHours what a change of an allocation costs
 * @param answerMs from a plan to its act done, as recorded
 * @param given GiB h that VMs had
 * @param slack GiB h that they could have used and did not
 * @param lack GiB h that they needed and did not have
 * @param starvedMinutes how long they had less than the low-water mark to spare
 * @param acts changes of allocations
 * @param cost slack, starved minutes and acts at their prices; GiB h
 * @param targets targets of VMs in plans that both made
 * @param targetsApart of them, those more than a MiB apart
 * @param vms by VM, by name
 * @param differences where each VM's targets were furthest apart, furthest first
 * @param problems what makes the report doubtful; empty when nothing does
 */
public record WhatIfReport(
        String policy,
        double hours,
        long events,
        int runs,
        double seconds,
        double shortMinutePriceGibHours,
        double actPriceGibHours,
        double answerMs,
        Estimate given,
        Estimate slack,
        Estimate lack,
        Estimate starvedMinutes,
        Estimate acts,
        Estimate cost,
        long targets,
        long targetsApart,
        List<Vm> vms,
        List<Difference> differences,
        List<String> problems) {
    /** Copies the lists. */
    public WhatIfReport {
        vms = List.copyOf(vms);
        differences = List.copyOf(differences);
        problems = List.copyOf(problems);
    }

    /**
     * One VM.
     *
     * @param name its name
     * @param slack GiB h that it could have used and did not
     * @param starvedMinutes how long it had less than the low-water mark to spare
     * @param acts changes of its allocation
     */
    public record Vm(String name, Estimate slack, Estimate starvedMinutes, Estimate acts) {}
}
