package org.foreshape.prefault;

import java.util.ArrayList;
import java.util.List;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.prefault.PrefaultReport.Failure;
import org.foreshape.prefault.PrefaultReport.Step;
import org.jspecify.annotations.Nullable;

/** Counts what the steps of an act did and what failed, without allocating. One thread. */
final class ActTally {
    private static final int ERRNO_COUNT = 256;
    private static final PrefaultStep[] STEPS = PrefaultStep.values();

    private final long[] calls = new long[STEPS.length];
    private final long[] bytes = new long[STEPS.length];
    private final long[] ns = new long[STEPS.length];
    private final long[] failureCount = new long[STEPS.length * ERRNO_COUNT];
    private final long[] failureAddress = new long[STEPS.length * ERRNO_COUNT];
    private final List<Failure> others = new ArrayList<>();

    void add(PrefaultStep step, long callCount, long stepBytes, long stepNs) {
        calls[step.ordinal()] += callCount;
        bytes[step.ordinal()] += stepBytes;
        ns[step.ordinal()] += stepNs;
    }

    /** Counts a failure by its negated error number. */
    void fail(PrefaultStep step, int result, long address) {
        int slot = step.ordinal() * ERRNO_COUNT + Math.min(-result, ERRNO_COUNT - 1);
        if (failureCount[slot]++ == 0) {
            failureAddress[slot] = address;
        }
    }

    /** Notes a failure that ends the act, with its own words. */
    void note(@Nullable PrefaultStep step, int errno, String reason) {
        others.add(new Failure(step, errno, errno == 0 ? "" : Errno.symbol(errno), 1, 0, reason));
    }

    List<Step> steps() {
        List<Step> done = new ArrayList<>();
        for (PrefaultStep step : STEPS) {
            int i = step.ordinal();
            if (calls[i] > 0) {
                done.add(new Step(step, calls[i], bytes[i], ns[i]));
            }
        }
        return done;
    }

    List<Failure> failures() {
        List<Failure> all = new ArrayList<>();
        for (PrefaultStep step : STEPS) {
            for (int errno = 0; errno < ERRNO_COUNT; errno++) {
                int slot = step.ordinal() * ERRNO_COUNT + errno;
                if (failureCount[slot] > 0) {
                    all.add(
                            new Failure(
                                    step,
                                    errno,
                                    Errno.symbol(errno),
                                    failureCount[slot],
                                    failureAddress[slot],
                                    reason(step, errno)));
                }
            }
        }
        all.addAll(others);
        return all;
    }

    private static String reason(PrefaultStep step, int errno) {
        boolean collapse = step == PrefaultStep.COLLAPSE;
        return switch (errno) {
            case Errno.EINVAL ->
                    collapse
                            ? "the block has no page table yet, or its mapping cannot be huge."
                            : "the kernel does not know this call; it may be too old.";
            case Errno.ENOMEM ->
                    "nothing is mapped there any more, or the host has no free huge page.";
            case Errno.EFAULT -> "nothing is mapped there any more.";
            case Errno.EAGAIN, Errno.EBUSY ->
                    "the kernel was using these pages, or the guest's control group is full; they"
                            + " stay as they are.";
            case Errno.ESRCH -> "the process has ended.";
            case Errno.EPERM, Errno.EACCES ->
                    collapse
                            ? "refused: grant CAP_SYS_NICE, and run as the process's user or grant"
                                    + " CAP_SYS_PTRACE."
                            : "refused: run as the process's user, or grant CAP_SYS_PTRACE; a"
                                    + " memory file may be sealed against writes.";
            default -> "see the manual page of the call.";
        };
    }
}
