package org.foreshape.daemon.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.Callable;
import org.foreshape.daemon.config.Config;
import org.foreshape.daemon.config.ConfigReader;
import org.foreshape.daemon.config.Surroundings;
import org.foreshape.daemon.engine.EngineSpecs;
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.journal.JournalException;
import org.foreshape.journal.JournalPruner;
import org.foreshape.journal.Retention;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code foreshape journal prune}. */
@Command(
        name = "prune",
        description =
                "Removes the journal's oldest files, whole, also while a daemon writes it; the"
                        + " newest always stays.")
final class JournalPruneCommand implements Callable<Integer> {
    private static final long KEEP_MAX = 1L << 40;
    private static final long DAYS_MAX = 36_500;

    @Mixin JournalCommand.Place place = new JournalCommand.Place();

    @Option(
            names = "--keep-days",
            paramLabel = "N",
            description = "Removes what is older; 0: nothing for its age (journal.keep-days).")
    @Nullable Long keepDays;

    @Option(
            names = "--keep-mib",
            paramLabel = "N",
            description = "Removes what is more; 0: any amount may be (journal.keep-mib).")
    @Nullable Long keepMib;

    @Option(names = "--dry-run", description = "Only says what would be removed.")
    boolean dryRun;

    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        Config config = ConfigReader.read(place.config, Map.of(), Surroundings.ofThisProcess());
        Retention configured = EngineSpecs.retention(config);
        Retention retention =
                new Retention(
                        keepDays == null
                                ? configured.age()
                                : Duration.ofDays(within("--keep-days", keepDays, DAYS_MAX)),
                        keepMib == null
                                ? configured.bytes()
                                : within("--keep-mib", keepMib, KEEP_MAX) << 20);
        Path given = place.journal;
        Path directory = given == null ? config.journalDirectory() : given;
        try {
            print(JournalPruner.prune(directory, retention, Instant.now(), dryRun));
        } catch (JournalException e) {
            throw Failure.missing(String.valueOf(e.getMessage()), e);
        }
        return ExitStatus.DONE;
    }

    private static long within(String option, long value, long most) {
        if (value < 0 || value > most) {
            throw Failure.usage(option + " is " + value + ", must be 0 to " + most);
        }
        return value;
    }

    private void print(JournalPruner.Report report) {
        PrintWriter out = spec.commandLine().getOut();
        String verb = dryRun ? "would remove " : "removed ";
        report.removed().forEach(file -> out.println(verb + file));
        out.printf(
                "%s%d files, %d MiB; %d files, %d MiB stay%n",
                verb,
                report.removed().size(),
                report.removedBytes() >> 20,
                report.keptFiles(),
                report.keptBytes() >> 20);
    }
}
