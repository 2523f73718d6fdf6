package org.foreshape.daemon.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.daemon.fault.Terminal;
import org.foreshape.journal.JournalException;
import org.foreshape.journal.export.JournalDatabase;
import org.foreshape.journal.export.JournalExport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code foreshape journal export}. */
@Command(
        name = "export",
        description =
                "Writes the journal's tables as files, one for each; exit status 1 when damaged"
                        + " records had to be left out.")
final class JournalExportCommand implements Callable<Integer> {
    private static final long LOOK_MS = 250;
    private static final int BAR_CHARS = 40;

    @Mixin JournalCommand.Place place = new JournalCommand.Place();

    @Option(
            names = "--format",
            paramLabel = "F",
            defaultValue = "parquet",
            description = "parquet or csv (default: ${DEFAULT-VALUE}).")
    String format = "parquet";

    @Option(
            names = "--out",
            paramLabel = "PATH",
            required = true,
            description = "Folder for the files; made when absent, must be empty.")
    Path out = Path.of("");

    @Option(
            names = "--tables",
            paramLabel = "NAME",
            split = ",",
            description = "Only these tables (default: all).")
    List<String> tables = List.of();

    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        JournalExport.Format form = Words.parse(JournalExport.Format.class, "--format", format);
        Path directory = place.directory();
        PrintWriter err = spec.commandLine().getErr();
        try (JournalDatabase database = JournalDatabase.open(directory)) {
            JournalExport export = new JournalExport(database, directory, tables);
            List<Path> files;
            try (Progress progress = new Progress(database, export.recordsToRead(), err)) {
                progress.start();
                files = export.write(form, out, Runtime.getRuntime().availableProcessors());
            }
            for (Path file : files) {
                spec.commandLine()
                        .getOut()
                        .printf(Locale.ROOT, "%s  %d bytes%n", file, Files.size(file));
            }
            return told(database, err);
        } catch (IllegalArgumentException e) {
            throw Failure.usage(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw Failure.usage("--out: " + e.getMessage());
        } catch (JournalException e) {
            throw Failure.missing(String.valueOf(e.getMessage()), e);
        }
    }

    /** Says what was left out, and the exit status that follows. */
    static int told(JournalDatabase database, PrintWriter err) {
        List<String> damage = database.damage();
        damage.forEach(text -> err.println("LEFT OUT: " + text));
        err.flush();
        return damage.isEmpty() ? ExitStatus.DONE : ExitStatus.CHECK_FAILED;
    }

    /** Shows on a terminal how far the reading is. */
    private static final class Progress implements AutoCloseable {
        private final JournalDatabase database;
        private final long total;
        private final PrintWriter err;
        private final long startNs = System.nanoTime();
        private final Thread thread;
        private volatile boolean ended;

        Progress(JournalDatabase database, long total, PrintWriter err) {
            this.database = database;
            this.total = total;
            this.err = err;
            this.thread = Thread.ofPlatform().daemon().name("export-progress").unstarted(this::run);
        }

        void start() {
            if (Terminal.isPresent()) {
                thread.start();
            }
        }

        private void run() {
            while (!ended) {
                show();
                try {
                    Thread.sleep(LOOK_MS);
                } catch (InterruptedException e) {
                    return;
                }
            }
        }

        private void show() {
            long done = Math.min(database.recordsRead(), total);
            double share = total == 0 ? 1 : (double) done / total;
            int filled = (int) (share * BAR_CHARS);
            err.printf(
                    Locale.ROOT,
                    "\r[%s%s] %3.0f %%  %.1f s",
                    "#".repeat(filled),
                    ".".repeat(BAR_CHARS - filled),
                    100 * share,
                    (System.nanoTime() - startNs) / 1e9);
            err.flush();
        }

        @Override
        public void close() {
            ended = true;
            if (!thread.isAlive()) {
                return;
            }
            thread.interrupt();
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            show();
            err.println();
        }
    }
}
