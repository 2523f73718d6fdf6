package org.foreshape.nativebindings.linux;

/**
 * Whether this process may do an act on this machine.
 *
 * @param act the act
 * @param available whether it can be done
 * @param text what is special about it, or empty; when unavailable: why, and the cure
 */
public record ActAvailability(MemoryAct act, boolean available, String text) {
    static ActAvailability yes(MemoryAct act, String text) {
        return new ActAvailability(act, true, text);
    }

    static ActAvailability no(MemoryAct act, String why, String cure) {
        return new ActAvailability(act, false, why + "; " + cure);
    }

    /**
     * One sentence of it.
     *
     * @return {@code available}, or {@code unavailable: why; the cure}
     */
    public String sentence() {
        if (!available) {
            return "unavailable: " + text;
        }
        return text.isEmpty() ? "available" : "available: " + text;
    }
}
