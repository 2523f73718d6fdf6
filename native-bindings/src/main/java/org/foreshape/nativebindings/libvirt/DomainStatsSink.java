package org.foreshape.nativebindings.libvirt;

/**
 * Takes domain statistics as they are decoded, without an object per figure. Called on the thread
 * that asked, {@code begin}, then values in libvirt's order, then {@code end}, for each domain.
 * What it throws ends the decoding and reaches the caller.
 */
public interface DomainStatsSink {
    /**
     * A domain begins.
     *
     * @param uuidHigh the upper half of its UUID, as of {@link java.util.UUID}
     * @param uuidLow the lower half
     */
    void begin(long uuidHigh, long uuidLow);

    /**
     * A number. Unsigned ones above {@link Long#MAX_VALUE} are negative here; booleans are 0 or 1.
     *
     * @param field what it is
     * @param index of the vCPU, interface or disk; -1 for a field without one
     * @param value in the unit of the field's name
     */
    void value(DomainStatsField field, int index, long value);

    /**
     * Whether texts (names and paths) are wanted; each costs a string.
     *
     * @return false unless overridden
     */
    default boolean wantsText() {
        return false;
    }

    /**
     * A text; only called when {@link #wantsText} says so.
     *
     * @param field what it is
     * @param index of the interface or disk
     * @param text the name or path
     */
    default void text(DomainStatsField field, int index, String text) {}

    /** The domain ends. */
    void end();
}
