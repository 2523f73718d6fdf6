package org.foreshape.hypervisor.libvirt;

import org.foreshape.hypervisor.SampleBoard;
import org.foreshape.hypervisor.SamplingLoop;
import org.foreshape.hypervisor.VmDirectory;
import org.foreshape.ring.DistinctErrors;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;

/**
 * What the parts of one started hypervisor share.
 *
 * @param settings how VMs are watched
 * @param clock stamps figures
 * @param publisher the way into the engine
 * @param directory gives out slots
 * @param board takes figures
 * @param loop publishes them
 * @param pool runs what may block
 * @param errors takes what fails
 */
record Surroundings(
        LibvirtSettings settings,
        EngineClock clock,
        EventPublisher publisher,
        VmDirectory directory,
        SampleBoard board,
        SamplingLoop loop,
        RoundPool pool,
        DistinctErrors errors) {}
