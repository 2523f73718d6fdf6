package org.foreshape.journal.export;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBFunctions;
import org.duckdb.DuckDBTableFunctionBuilder;
import org.foreshape.journal.JournalException;
import org.foreshape.journal.JournalReader;
import org.jspecify.annotations.Nullable;

/**
 * A journal as tables of an embedded SQL engine, which reads its records while a query runs and
 * holds none of them. A journal that is being written is read up to where it is at that moment.
 *
 * <p>The engine's memory is bounded; what a query has to sort beyond that goes to a temporary
 * folder. SQL can reach nothing but the journal: no file, no network, no extension. One thread at a
 * time.
 */
public final class JournalDatabase implements AutoCloseable {
    private static final String MEMORY_LIMIT = "384MiB";
    private static final int THREADS_MIN = 2;

    private final Path directory;
    private final Path spill;
    private final DuckDBConnection connection;
    private final ScanLog log = new ScanLog();
    private boolean locked;

    private JournalDatabase(Path directory, Path spill, DuckDBConnection connection) {
        this.directory = directory;
        this.spill = spill;
        this.connection = connection;
    }

    /**
     * Opens a journal.
     *
     * @throws JournalException when there is none, or the engine does not start here
     */
    public static JournalDatabase open(Path directory) {
        JournalReader.open(directory).close();
        Path spill = null;
        try {
            spill = Files.createTempDirectory("foreshape-query-");
            Properties settings = new Properties();
            settings.setProperty("memory_limit", MEMORY_LIMIT);
            settings.setProperty("temp_directory", spill.toString());
            settings.setProperty(
                    "threads",
                    Integer.toString(
                            Math.max(THREADS_MIN, Runtime.getRuntime().availableProcessors())));
            settings.setProperty("autoinstall_known_extensions", "false");
            settings.setProperty("autoload_known_extensions", "false");
            settings.setProperty("jdbc_stream_results", "true");
            JournalDatabase database =
                    new JournalDatabase(
                            directory,
                            spill,
                            (DuckDBConnection)
                                    DriverManager.getConnection("jdbc:duckdb:", settings));
            database.define();
            return database;
        } catch (IOException | SQLException | LinkageError e) {
            remove(spill);
            throw new JournalException("the SQL engine does not start: " + e.getMessage(), e);
        }
    }

    private void define() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (Table table : Tables.all()) {
                try (DuckDBTableFunctionBuilder builder = DuckDBFunctions.tableFunction()) {
                    builder.withName(table.functionName())
                            .withProjectionPushdown()
                            .withFunction(new ScanFunction(directory, table, log))
                            .register(connection);
                }
                statement.execute(table.viewSql());
            }
        }
    }

    /**
     * A column of an answer.
     *
     * @param name as the query names it
     * @param isNumber whether its cells are numbers
     */
    public record Heading(String name, boolean isNumber) {}

    /** Takes the rows of an answer. */
    public interface Rows {
        /** The columns, once, before the first row. */
        void columns(List<Heading> headings);

        /** A row as text; null stands for NULL. */
        void row(List<String> cells);
    }

    /**
     * Answers a query, row by row.
     *
     * @param sql one statement
     * @param to takes the answer
     * @throws QueryException what the engine says about the query
     */
    public void query(String sql, Rows to) {
        try (Statement statement = connection.createStatement()) {
            if (!locked) {
                statement.execute("SET enable_external_access = false");
                statement.execute("SET lock_configuration = true");
                locked = true;
            }
            try (ResultSet answer = statement.executeQuery(sql)) {
                Answer.send(answer, to);
            }
        } catch (SQLException e) {
            throw new QueryException(String.valueOf(e.getMessage()), e);
        }
    }

    /** Names of all tables. */
    public static List<String> tableNames() {
        return Tables.all().stream().map(Table::name).toList();
    }

    /** Records that were read so far, by all uses of all tables together. Any thread. */
    public long recordsRead() {
        return log.recordCount();
    }

    /** Records that are damaged and were left out, each in a sentence. Any thread. */
    public List<String> damage() {
        return log.damage();
    }

    /** Another connection to the same tables, for another thread; the caller closes it. */
    Connection anotherConnection() throws SQLException {
        return connection.duplicate();
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new JournalException("the SQL engine does not close: " + e.getMessage(), e);
        } finally {
            remove(spill);
        }
    }

    private static void remove(@Nullable Path folder) {
        if (folder == null) {
            return;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        } catch (IOException e) {
            // What is left lies in the temporary folder of the system.
            return;
        }
    }
}
