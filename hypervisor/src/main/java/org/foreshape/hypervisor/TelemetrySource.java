package org.foreshape.hypervisor;

import org.foreshape.ring.event.SampleSection;

/** Where a {@link SamplingLoop} takes its figures from. */
@FunctionalInterface
public interface TelemetrySource {
    /**
     * Copies the newest figures of every known VM and of the host into an empty section. Asks
     * nobody: what is slow is asked beforehand, on threads of the source's own, and kept (see
     * {@link SampleBoard}). Called on the sampling thread only.
     *
     * @return false when there is nothing to publish now, since the hypervisor does not answer
     */
    boolean latest(SampleSection into);
}
