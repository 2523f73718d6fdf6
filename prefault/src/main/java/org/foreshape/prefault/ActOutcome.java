package org.foreshape.prefault;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.LinuxException;
import org.foreshape.prefault.PrefaultReport.Stop;

/** Turns what went wrong into a report's words. */
final class ActOutcome {
    private ActOutcome() {}

    /** Why an act ended, by an exception of reading /proc; the failure is noted. */
    static Stop of(IOException failure, ActTally tally) {
        String message = String.valueOf(failure.getMessage());
        if (failure instanceof AccessDeniedException
                || (failure instanceof FileNotFoundException
                        && message.contains("Permission denied"))
                || message.contains("Operation not permitted")
                || message.contains("Permission denied")) {
            tally.note(
                    null,
                    Errno.EACCES,
                    message
                            + " may not be opened: run as the process's user, or grant"
                            + " CAP_SYS_PTRACE and CAP_DAC_OVERRIDE.");
            return Stop.NOT_PERMITTED;
        }
        if (failure instanceof NoSuchFileException || message.contains("No such process")) {
            tally.note(null, Errno.ESRCH, message + ": the process has ended.");
            return Stop.PROCESS_GONE;
        }
        tally.note(null, Errno.EIO, failure.toString());
        return Stop.FAILED;
    }

    /** Why an act ended, by a system call; the failure is noted. */
    static Stop of(LinuxException failure, ActTally tally) {
        tally.note(null, failure.errno(), String.valueOf(failure.getMessage()));
        return switch (failure.errno()) {
            case Errno.ESRCH, Errno.ENOENT -> Stop.PROCESS_GONE;
            case Errno.EPERM, Errno.EACCES -> Stop.NOT_PERMITTED;
            case Errno.ENOMEM -> Stop.HOST_MEMORY;
            default -> Stop.FAILED;
        };
    }

    /** The words of an end that has no exception. */
    static String words(Stop stop, PrefaultPlan plan) {
        return switch (stop) {
            case DONE -> "done: " + plan.reason();
            case UNAVAILABLE -> "unavailable: " + plan.reason();
            case CANCELLED -> "cancelled by the caller.";
            case DEADLINE -> "the time within which the memory was needed is over.";
            case HOST_MEMORY ->
                    "the host has no more memory to spare above its reserve; shrink other guests or"
                            + " lower the reserve.";
            case PROCESS_GONE -> "the process has ended, or its number belongs to another one.";
            case RANGE_GONE -> "the memory is no longer mapped as it was found; find it again.";
            case NOT_PERMITTED -> "the kernel refused for lack of rights; see the failures.";
            case FAILED -> "a call failed; see the failures.";
        };
    }
}
