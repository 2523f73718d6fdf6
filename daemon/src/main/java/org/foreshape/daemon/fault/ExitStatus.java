package org.foreshape.daemon.fault;

/** The exit statuses of every command; scripts rely on them. */
public final class ExitStatus {
    /** Done. */
    public static final int DONE = 0;

    /** A check failed: the command ran, and what it looked at is not in order. */
    public static final int CHECK_FAILED = 1;

    /** Usage: the command line, the configuration or a name in it is wrong. */
    public static final int USAGE = 2;

    /** Something needed is missing: a library, a permission, a daemon. */
    public static final int MISSING = 3;

    private ExitStatus() {}
}
