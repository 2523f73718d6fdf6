package org.foreshape.daemon.cli;

import java.io.PrintWriter;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.journal.JournalException;
import org.foreshape.journal.export.JournalDatabase;
import org.foreshape.journal.export.QueryException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ObjectNode;

/** {@code foreshape journal query}. */
@Command(
        name = "query",
        description =
                "Answers SQL over the journal's tables: samples, host_samples, forecasts, plans,"
                        + " acts, outcomes, tasks, pressures, controls, learnt. `SHOW TABLES` and"
                        + " `DESCRIBE plans` tell more.")
final class JournalQueryCommand implements Callable<Integer> {
    /** How the answer is written. */
    enum Form {
        /** For people. */
        TABLE,
        /** Comma-separated values with a header. */
        CSV,
        /** One object a line. */
        JSON
    }

    /** So many rows are looked at for how wide a table's columns are. */
    private static final int TABLE_ROWS = 1_000;

    @Mixin JournalCommand.Place place = new JournalCommand.Place();

    @Parameters(paramLabel = "SQL", description = "One statement, in DuckDB's SQL.")
    String sql = "";

    @Option(
            names = "--format",
            paramLabel = "F",
            defaultValue = "table",
            description = "table, csv or json (default: ${DEFAULT-VALUE}).")
    String format = "table";

    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        Form form = Words.parse(Form.class, "--format", format);
        PrintWriter out = spec.commandLine().getOut();
        try (JournalDatabase database = JournalDatabase.open(place.directory())) {
            Printer printer =
                    switch (form) {
                        case TABLE -> new TablePrinter(out);
                        case CSV -> new CsvPrinter(out);
                        case JSON -> new JsonPrinter(out);
                    };
            database.query(sql, printer);
            printer.end();
            out.flush();
            return JournalExportCommand.told(database, spec.commandLine().getErr());
        } catch (QueryException e) {
            throw Failure.usage(String.valueOf(e.getMessage()));
        } catch (JournalException e) {
            throw Failure.missing(String.valueOf(e.getMessage()), e);
        }
    }

    /** Writes rows as they come. */
    private interface Printer extends JournalDatabase.Rows {
        /** After the last row. */
        default void end() {}
    }

    private static final class TablePrinter implements Printer {
        private final PrintWriter out;
        private List<String> names = List.of();
        private @Nullable Table table;
        private int rowCount;

        TablePrinter(PrintWriter out) {
            this.out = out;
        }

        @Override
        public void columns(List<JournalDatabase.Heading> headings) {
            names = names(headings);
            table = new Table(names.toArray(String[]::new));
        }

        @Override
        public void row(List<String> cells) {
            if (rowCount == TABLE_ROWS) {
                end();
                table = new Table(names.toArray(String[]::new));
                rowCount = 0;
            }
            Table filled = table;
            if (filled != null) {
                filled.row(cells.stream().map(c -> c == null ? "-" : c).toArray(String[]::new));
                rowCount++;
            }
        }

        @Override
        public void end() {
            Table filled = table;
            if (filled != null) {
                filled.print(out);
            }
            table = null;
        }
    }

    /** RFC 4180; NULL is an empty field, an empty text is quoted. */
    private record CsvPrinter(PrintWriter out) implements Printer {
        @Override
        public void columns(List<JournalDatabase.Heading> headings) {
            line(names(headings));
        }

        @Override
        public void row(List<String> cells) {
            line(cells);
        }

        private void line(List<String> cells) {
            List<String> fields = new ArrayList<>(cells.size());
            for (String cell : cells) {
                boolean plain = cell == null || cell.matches("[^\",\\r\\n]+");
                fields.add(
                        cell == null ? "" : plain ? cell : '"' + cell.replace("\"", "\"\"") + '"');
            }
            out.println(String.join(",", fields));
        }
    }

    private static List<String> names(List<JournalDatabase.Heading> headings) {
        return headings.stream().map(JournalDatabase.Heading::name).toList();
    }

    /** NULL is null, numbers are numbers but for those that JSON does not have. */
    private static final class JsonPrinter implements Printer {
        private static final Pattern NUMBER = Pattern.compile("-?[0-9].*");

        private final PrintWriter out;
        private List<JournalDatabase.Heading> headings = List.of();

        JsonPrinter(PrintWriter out) {
            this.out = out;
        }

        @Override
        public void columns(List<JournalDatabase.Heading> columns) {
            headings = columns;
        }

        @Override
        public void row(List<String> cells) {
            ObjectNode node = Json.object();
            for (int i = 0; i < headings.size(); i++) {
                JournalDatabase.Heading heading = headings.get(i);
                String cell = cells.get(i);
                if (cell != null && heading.isNumber() && NUMBER.matcher(cell).matches()) {
                    node.put(heading.name(), new BigDecimal(cell));
                } else {
                    node.put(heading.name(), cell);
                }
            }
            out.println(node);
        }
    }
}
