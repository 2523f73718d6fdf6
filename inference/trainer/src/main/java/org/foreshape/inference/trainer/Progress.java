package org.foreshape.inference.trainer;

import java.io.PrintStream;
import java.util.Locale;

/**
 * A progress bar with the time left: one line that is written over on a terminal, else a line now
 * and then. One thread.
 */
final class Progress {
    private static final int BAR = 24;
    private static final long TERMINAL_EVERY_NS = 200_000_000L;
    private static final long LOG_EVERY_NS = 10_000_000_000L;

    private final PrintStream out;
    private final boolean terminal;
    private final long startedNs = System.nanoTime();
    private final double startedAt;
    private long shownNs;

    /** A bar that starts at a share of the work: what an earlier run did takes no time now. */
    Progress(PrintStream out, boolean terminal, double startedAt) {
        this.out = out;
        this.terminal = terminal;
        this.startedAt = startedAt;
    }

    /** Shows that a share of the work is done, 0 to 1. */
    void show(double done, String what) {
        long nowNs = System.nanoTime();
        long everyNs = terminal ? TERMINAL_EVERY_NS : LOG_EVERY_NS;
        if (done < 1 && shownNs != 0 && nowNs - shownNs < everyNs) {
            return;
        }
        shownNs = nowNs;
        double worked = done - startedAt;
        double leftS = worked > 0 ? (nowNs - startedNs) / 1e9 * (1 - done) / worked : Double.NaN;
        int filled = (int) (BAR * done);
        String line =
                String.format(
                        Locale.ROOT,
                        "[%s%s] %3.0f %%  %s  %s",
                        "#".repeat(filled),
                        ".".repeat(BAR - filled),
                        100 * done,
                        what,
                        left(leftS));
        out.print(terminal ? "\r" + line + "\u001b[K" : line + System.lineSeparator());
        out.flush();
    }

    /** Ends the line that was written over. */
    void end() {
        if (terminal) {
            out.println();
        }
    }

    private static String left(double seconds) {
        if (!Double.isFinite(seconds)) {
            return "time left unknown";
        }
        long whole = Math.round(seconds);
        return whole < 90 ? whole + " s left" : whole / 60 + " min " + whole % 60 + " s left";
    }
}
