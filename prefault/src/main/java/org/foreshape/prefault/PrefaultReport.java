package org.foreshape.prefault;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of an act, judged by smaps and not by what the calls returned.
 *
 * @param plan what was planned, with its reason
 * @param stop why it ended
 * @param stopReason the same in words, with the cure where there is one
 * @param residentBytesBefore by smaps; {@value #UNKNOWN}: the process could not be looked at
 * @param residentBytesAfter by smaps; {@value #UNKNOWN} likewise
 * @param hugeBytesBefore of these in huge pages
 * @param hugeBytesAfter of these in huge pages
 * @param durationNs from the first look to the last
 * @param actNs of these for the steps themselves, with the waits of the pace
 * @param steps what each step did, in order
 * @param failures every error, with how often and where first
 */
public record PrefaultReport(
        PrefaultPlan plan,
        Stop stop,
        String stopReason,
        long residentBytesBefore,
        long residentBytesAfter,
        long hugeBytesBefore,
        long hugeBytesAfter,
        long durationNs,
        long actNs,
        List<Step> steps,
        List<Failure> failures) {
    /** Stands for a size that could not be read. */
    public static final long UNKNOWN = -1;

    /** Why an act ended. */
    public enum Stop {
        /** It did all of its plan, or there was nothing to do. */
        DONE,
        /** No path is open; the plan's reason says why. */
        UNAVAILABLE,
        /** The caller cancelled it, or its thread was interrupted. */
        CANCELLED,
        /** The time within which the memory was needed is over. */
        DEADLINE,
        /** The host has no more memory to spare. */
        HOST_MEMORY,
        /** The process ended, or its number belongs to another one. */
        PROCESS_GONE,
        /** The range is no longer mapped as it was found: find it again. */
        RANGE_GONE,
        /** The kernel refused for lack of rights. */
        NOT_PERMITTED,
        /** Something else failed. */
        FAILED
    }

    /**
     * What one kind of step did.
     *
     * @param step which
     * @param calls how many system calls, or holds of the switch
     * @param bytes of guest memory they covered
     * @param ns how long they took
     */
    public record Step(PrefaultStep step, long calls, long bytes, long ns) {}

    /**
     * An error that was met.
     *
     * @param step in which step; null before the first
     * @param errno its number; 0 when no call failed but the state is not as it should be
     * @param symbol its name in C
     * @param count how often
     * @param firstAddress where first; 0: nowhere
     * @param reason in words, with the cure
     */
    public record Failure(
            @Nullable PrefaultStep step,
            int errno,
            String symbol,
            long count,
            long firstAddress,
            String reason) {}

    /** Keeps copies of the lists. */
    public PrefaultReport {
        steps = List.copyOf(steps);
        failures = List.copyOf(failures);
    }

    /**
     * How much became resident, by smaps.
     *
     * @return bytes, at least 0; 0 when that is not known
     */
    public long gainedBytes() {
        return residentBytesBefore < 0 || residentBytesAfter < 0
                ? 0
                : Math.max(0, residentBytesAfter - residentBytesBefore);
    }
}
