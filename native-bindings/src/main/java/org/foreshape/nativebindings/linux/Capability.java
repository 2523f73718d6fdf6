package org.foreshape.nativebindings.linux;

/**
 * The capabilities that acts on memory need.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/capabilities.7.html">capabilities(7)</a>
 */
public enum Capability {
    /** Write and read files whatever their mode. */
    DAC_OVERRIDE(1),
    /** Act as the owner of any file. */
    FOWNER(3),
    /** Look into processes of other users. */
    SYS_PTRACE(19),
    /** See physical page numbers, among much else. */
    SYS_ADMIN(21),
    /** Advise other processes' memory, move shared pages. */
    SYS_NICE(23),
    /** Pressure triggers with short windows, above limits. */
    SYS_RESOURCE(24);

    private final int bit;

    Capability(int bit) {
        this.bit = bit;
    }

    /**
     * Its bit in the sets of {@code /proc/PID/status}.
     *
     * @return 0 to 63
     */
    public int bit() {
        return bit;
    }

    /**
     * Its name in C and in service files.
     *
     * @return for instance {@code CAP_SYS_NICE}
     */
    public String symbol() {
        return "CAP_" + name();
    }
}
