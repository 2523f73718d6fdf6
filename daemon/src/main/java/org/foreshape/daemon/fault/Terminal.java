package org.foreshape.daemon.fault;

import java.io.Console;
import java.io.PrintWriter;
import java.util.Optional;

/** Redraws in place on a terminal, and does nothing where the output is a file or a pipe. */
public final class Terminal {
    // ECMA-48 control sequences, which every terminal of today takes.
    private static final String HOME = "\u001b[H";
    private static final String CLEAR_REST = "\u001b[J";
    private static final String CLEAR_ALL = "\u001b[2J";
    private static final boolean PRESENT = present();

    private Terminal() {}

    private static boolean present() {
        return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
    }

    /** Whether people look at the output. */
    public static boolean isPresent() {
        return PRESENT;
    }

    /** Empties the screen. */
    public static void clear(PrintWriter out) {
        print(out, CLEAR_ALL + HOME);
    }

    /** Goes to the upper left corner, to draw over what stands there. */
    public static void home(PrintWriter out) {
        print(out, HOME);
    }

    /** Empties what lies below. */
    public static void clearRest(PrintWriter out) {
        print(out, CLEAR_REST);
    }

    private static void print(PrintWriter out, String sequence) {
        if (PRESENT) {
            out.print(sequence);
        }
    }
}
