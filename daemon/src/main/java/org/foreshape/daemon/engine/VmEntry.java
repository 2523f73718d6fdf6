package org.foreshape.daemon.engine;

import java.util.UUID;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.event.VmPolicy;

/**
 * What the engine's events have told of one VM.
 *
 * @param slot its slot
 * @param generation its generation
 * @param name its name
 * @param uuid its identity
 * @param policy how far the engine may go with it
 * @param originalKib what it had before the engine first touched it
 */
record VmEntry(
        int slot, int generation, String name, UUID uuid, VmPolicy policy, long originalKib) {
    VmMode mode() {
        return policy.mode();
    }
}
