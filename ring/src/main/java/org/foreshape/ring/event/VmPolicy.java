package org.foreshape.ring.event;

/**
 * What an operator wants for one VM.
 *
 * @param mode how far the engine may go
 * @param priority 0 lowest to 9 highest
 * @param floorKib least allocation
 * @param ceilingKib greatest allocation; {@link Long#MAX_VALUE}: whatever the VM can have
 */
public record VmPolicy(VmMode mode, int priority, long floorKib, long ceilingKib) {
    /** Highest priority. */
    public static final int PRIORITY_MAX = 9;

    /** Checks the relations between the values. */
    public VmPolicy {
        if (priority < 0 || priority > PRIORITY_MAX) {
            throw new IllegalArgumentException(
                    "priority is " + priority + ", must be 0 to " + PRIORITY_MAX);
        }
        if (floorKib < 0 || ceilingKib < floorKib) {
            throw new IllegalArgumentException(
                    "floor "
                            + floorKib
                            + " KiB must be at least 0 and at most the ceiling "
                            + ceilingKib
                            + " KiB");
        }
    }
}
