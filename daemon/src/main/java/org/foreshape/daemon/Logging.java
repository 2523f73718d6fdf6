package org.foreshape.daemon;

import java.util.logging.Level;
import java.util.logging.Logger;

/** One line for each message on stderr, as a service manager wants it. */
final class Logging {
    private static final String FORMAT_KEY = "java.util.logging.SimpleFormatter.format";
    private static final String FORMAT = "%1$tF %1$tT %4$s %5$s%6$s%n";

    /** Held here: the log manager keeps loggers weakly, and their levels go with them. */
    private static final Logger JETTY = Logger.getLogger("org.eclipse.jetty");

    private static final Logger CHRONICLE = Logger.getLogger("net.openhft");

    private Logging() {}

    static void setUp() {
        if (System.getProperty(FORMAT_KEY) == null) {
            System.setProperty(FORMAT_KEY, FORMAT);
        }
        JETTY.setLevel(Level.WARNING);
        CHRONICLE.setLevel(Level.WARNING);
    }
}
