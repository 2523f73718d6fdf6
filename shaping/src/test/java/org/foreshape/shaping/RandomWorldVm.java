package org.foreshape.shaping;

import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.VmMode;

/** One VM as a random world and its judge know it. */
final class RandomWorldVm {
    private static final long RISING_NS_MAX = 2_000_000_000L;

    int slot;
    int generation;
    VmMode mode = VmMode.ENFORCE;
    int priority;
    long floor;
    long ceiling;
    long maximum;
    long original;
    long allocation;
    long balloon;
    long used;
    long reportedUsable;
    long reportedTime;
    long usedTold;
    long toldTime;
    long rowAllocation = -1;
    boolean told;
    int still;
    long shownAllocation;
    boolean silent;
    boolean missing;
    boolean stubborn;
    boolean touched;
    long inFlight = -1;
    long inFlightSequence;
    long inFlightTime;
    long handInFlight = -1;
    long handSequence;
    long handTime;
    ActKind handKind = ActKind.PREFAULT;
    boolean sculpted;
    long warmKib;

    /** What the last accepted act may still grant. */
    long command = -1;

    /** A target that was lowered while the guest was on its way to it. */
    long rising = -1;

    long risingTime;
    double takenTokens;
    long takenTime;

    long committed() {
        return Math.max(Math.max(shownAllocation, rising), Math.max(command, inFlight));
    }

    void show(long now) {
        if (allocation < shownAllocation
                || allocation >= rising
                || now - risingTime > RISING_NS_MAX) {
            rising = -1;
        }
        shownAllocation = allocation;
    }
}
