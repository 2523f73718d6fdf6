package org.foreshape.daemon;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.foreshape.daemon.cli.Cli;
import org.foreshape.ring.ParentProcess;

/** Where the process starts. */
public final class Main {
    private Main() {}

    /** Runs one command and exits with its status; a helper ends with the one that started it. */
    public static void main(String[] args) {
        ParentProcess.watch();
        Logging.setUp();
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        System.exit(Cli.run(args, out, err));
    }
}
