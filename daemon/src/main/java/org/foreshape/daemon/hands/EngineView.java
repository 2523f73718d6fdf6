package org.foreshape.daemon.hands;

import java.util.List;
import org.foreshape.ring.event.Tick;

/** What the hands see of the engine, read beside it and never on its thread. Any thread. */
public interface EngineView {
    /** An event with room for a sample of this engine; one for each reader. */
    Tick emptySample();

    /** Copies the latest sample; leaves an empty one before the first. */
    void latest(Tick into);

    /** The VMs that the policy lets the engine act on. */
    List<VmSeat> enforced();
}
