package org.foreshape.daemon.fault;

/**
 * Ends a command with a sentence for the operator and an exit status. Its message names the input
 * that is at fault and the cure, and is printed without a stack trace.
 */
public final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int exitStatus;

    private Failure(int exitStatus, String message, Throwable cause) {
        super(message, cause);
        this.exitStatus = exitStatus;
    }

    private Failure(int exitStatus, String message) {
        super(message);
        this.exitStatus = exitStatus;
    }

    /** The command line, the configuration or a name in it is wrong. */
    public static Failure usage(String message) {
        return new Failure(ExitStatus.USAGE, message);
    }

    /** Something needed is missing; the message says what and how to get it. */
    public static Failure missing(String message) {
        return new Failure(ExitStatus.MISSING, message);
    }

    /** Something needed is missing, as another error told. */
    public static Failure missing(String message, Throwable cause) {
        return new Failure(ExitStatus.MISSING, message, cause);
    }

    /** A check failed. */
    public static Failure check(String message) {
        return new Failure(ExitStatus.CHECK_FAILED, message);
    }

    /** The status to exit with, one of {@link ExitStatus}. */
    public int exitStatus() {
        return exitStatus;
    }
}
