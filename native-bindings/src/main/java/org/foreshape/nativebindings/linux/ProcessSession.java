package org.foreshape.nativebindings.linux;

/** The session of this process. */
public final class ProcessSession {
    private ProcessSession() {}

    /**
     * Leaves the session and the process group of whoever started this process, so that signals
     * meant for those, a terminal's hang-up or its Ctrl-C, do not end it.
     *
     * @throws LinuxException EPERM when this process leads a group already
     * @see <a href="https://man7.org/linux/man-pages/man2/setsid.2.html">setsid(2)</a>
     */
    public static void detach() {
        LinuxException.check(SocketCalls.setsid(), "setsid", "");
    }
}
