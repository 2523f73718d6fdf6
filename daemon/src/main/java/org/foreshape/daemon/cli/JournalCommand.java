package org.foreshape.daemon.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.foreshape.daemon.config.ConfigReader;
import org.foreshape.daemon.config.Surroundings;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.engine.HorizonReport;
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.inference.horizon.HorizonMap;
import org.foreshape.inference.horizon.TaskBook;
import org.foreshape.inference.horizon.Used;
import org.foreshape.journal.CorruptRecordException;
import org.foreshape.journal.JournalException;
import org.foreshape.journal.JournalReader;
import org.foreshape.journal.JournalTail;
import org.foreshape.journal.JournalVerifier;
import org.foreshape.journal.VerifyReport;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code foreshape journal tail | verify | query | export | prune}. */
@Command(
        name = "journal",
        description = "Reads the journal, also while a daemon writes it, and prunes it.",
        synopsisSubcommandLabel = "tail | verify | query | export | prune",
        subcommands = {
            JournalCommand.Tail.class,
            JournalCommand.Verify.class,
            JournalQueryCommand.class,
            JournalExportCommand.class,
            JournalPruneCommand.class
        })
final class JournalCommand implements Callable<Integer> {
    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return ExitStatus.USAGE;
    }

    /** Which journal. */
    static final class Place {
        @Option(
                names = "--journal",
                paramLabel = "DIR",
                description = "The journal; else the configuration's.")
        @Nullable Path journal;

        @Option(names = "--config", paramLabel = "FILE", description = "The configuration file.")
        @Nullable Path config;

        Path directory() {
            return journal != null
                    ? journal
                    : ConfigReader.read(config, Map.of(), Surroundings.ofThisProcess())
                            .journalDirectory();
        }

        /** Opens it; the caller closes. */
        JournalReader open() {
            try {
                return JournalReader.open(directory());
            } catch (JournalException e) {
                throw Failure.missing(String.valueOf(e.getMessage()), e);
            }
        }
    }

    /** Prints records. */
    @Command(name = "tail", description = "Prints the last records, one line each.")
    static final class Tail implements Callable<Integer> {
        private static final long FOLLOW_MS = 200;

        @Mixin Place place = new Place();

        @Option(
                names = {"-n", "--lines"},
                paramLabel = "N",
                defaultValue = "20",
                description = "Records (default: ${DEFAULT-VALUE}).")
        int lines;

        @Option(
                names = {"-f", "--follow"},
                description = "Goes on with what is written from now on.")
        boolean follow;

        @Option(
                names = "--horizon",
                description =
                        "Ends with the horizon map that follows from all records up to the last"
                                + " sample.")
        boolean horizon;

        private final TaskBook tasks = new TaskBook();
        private @Nullable Tick lastSample;
        private Used used = new Used(0);

        @Spec CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() throws InterruptedException {
            if (horizon && follow) {
                throw Failure.usage(
                        "--horizon and --follow exclude each other: a map is as of one"
                                + " record");
            }
            if (lines < 0) {
                throw Failure.usage("--lines is " + lines + ", must be 0 or more");
            }
            PrintWriter out = spec.commandLine().getOut();
            try (JournalReader reader = place.open()) {
                JournalTail tail = JournalTail.of(reader.directory());
                Deque<String> last = new ArrayDeque<>();
                String line = next(reader, tail);
                while (line != null) {
                    last.addLast(line);
                    if (last.size() > lines) {
                        last.removeFirst();
                    }
                    line = next(reader, tail);
                }
                last.forEach(out::println);
                Tick sample = lastSample;
                if (horizon && sample == null) {
                    out.println("no sample, no horizon map");
                } else if (horizon && sample != null) {
                    HorizonTable.print(out, HorizonReport.toJson(HorizonMap.of(tasks, sample)));
                }
                out.flush();
                while (follow && !out.checkError()) {
                    String added = next(reader, tail);
                    if (added != null) {
                        out.println(added);
                    } else {
                        Thread.sleep(FOLLOW_MS);
                    }
                }
            }
            return ExitStatus.DONE;
        }

        private @Nullable String next(JournalReader reader, JournalTail tail) {
            try {
                if (!reader.advance()) {
                    return null;
                }
                Tick tick = new Tick(reader.vmCountMax());
                reader.read(tick);
                if (horizon) {
                    see(tick);
                }
                return tail.line(reader, tick);
            } catch (CorruptRecordException e) {
                if (!e.passable()) {
                    throw Failure.check(String.valueOf(e.getMessage()));
                }
                return "DAMAGED: " + e.getMessage();
            } catch (JournalException e) {
                throw Failure.check(String.valueOf(e.getMessage()));
            }
        }

        private void see(Tick tick) {
            if (tick.kind == EventKind.CONTROL && tick.control.kind == ControlKind.ENGINE_STARTED) {
                used = new Used(tick.vmCountMax);
            }
            tasks.take(tick, used);
            if (tick.kind == EventKind.SAMPLE) {
                lastSample = tick;
            }
        }
    }

    /** Checks all records. */
    @Command(
            name = "verify",
            description = "Checks every record; exit status 1 when something is damaged or lost.")
    static final class Verify implements Callable<Integer> {
        @Mixin Place place = new Place();

        @Option(names = "--json", description = "Print JSON.")
        boolean json;

        @Spec CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() {
            VerifyReport report;
            try {
                report = JournalVerifier.verify(place.directory());
            } catch (JournalException e) {
                throw Failure.missing(String.valueOf(e.getMessage()), e);
            }
            PrintWriter out = spec.commandLine().getOut();
            if (json) {
                out.println(Json.pretty(toJson(report)));
            } else {
                out.printf(
                        Locale.ROOT,
                        "%d records of %d runs: %d samples, %d tasks, %d pressures, %d controls, %d"
                                + " outcomes; %d forecasts, %d plans, %d intents%n",
                        report.records(),
                        report.runs(),
                        report.samples(),
                        report.tasks(),
                        report.pressures(),
                        report.controls(),
                        report.outcomes(),
                        report.forecasts(),
                        report.plans(),
                        report.intents());
                report.findings().forEach(f -> out.println(f.kind() + ": " + f.text()));
                out.println(report.ok() ? "the journal is sound" : "the journal is NOT sound");
            }
            return report.ok() ? ExitStatus.DONE : ExitStatus.CHECK_FAILED;
        }

        private static ObjectNode toJson(VerifyReport report) {
            ObjectNode node =
                    Json.object()
                            .put("ok", report.ok())
                            .put("records", report.records())
                            .put("runs", report.runs())
                            .put("samples", report.samples())
                            .put("tasks", report.tasks())
                            .put("pressures", report.pressures())
                            .put("controls", report.controls())
                            .put("outcomes", report.outcomes())
                            .put("forecasts", report.forecasts())
                            .put("plans", report.plans())
                            .put("intents", report.intents());
            ArrayNode findings = node.putArray("findings");
            for (VerifyReport.Finding finding : report.findings()) {
                findings.addObject()
                        .put("kind", finding.kind().name().toLowerCase(Locale.ROOT))
                        .put("fault", finding.kind().fault())
                        .put("text", finding.text());
            }
            return node;
        }
    }
}
