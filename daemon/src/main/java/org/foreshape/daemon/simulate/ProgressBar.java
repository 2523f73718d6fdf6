package org.foreshape.daemon.simulate;

import java.io.PrintWriter;
import java.util.Locale;
import org.foreshape.daemon.fault.Terminal;

/** One line that fills while something long is under way; only where people look. One thread. */
public final class ProgressBar implements AutoCloseable {
    private static final int WIDTH = 32;
    private static final int LINE = 78;

    private final PrintWriter out;
    private String shown = "";

    /** A bar that is not drawn yet. */
    public ProgressBar(PrintWriter out) {
        this.out = out;
    }

    /**
     * Draws it, when it has changed.
     *
     * @param fraction done, 0 to 1
     * @param what is under way
     */
    public void show(double fraction, String what) {
        if (!Terminal.isPresent()) {
            return;
        }
        int filled = (int) Math.clamp((long) (fraction * WIDTH), 0L, (long) WIDTH);
        String line =
                String.format(
                        Locale.ROOT,
                        "[%s%s] %3.0f %% %s",
                        "#".repeat(filled),
                        ".".repeat(WIDTH - filled),
                        100 * fraction,
                        what);
        draw(line.length() > LINE ? line.substring(0, LINE) : line);
    }

    private void draw(String line) {
        if (!line.equals(shown)) {
            String rest = " ".repeat(Math.max(0, shown.length() - line.length()));
            out.print("\r" + line + rest);
            out.flush();
            shown = line;
        }
    }

    /** Takes it away. */
    @Override
    public void close() {
        if (!shown.isEmpty()) {
            out.print("\r" + " ".repeat(shown.length()) + "\r");
            out.flush();
            shown = "";
        }
    }
}
