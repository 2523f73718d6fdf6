package org.foreshape.journal.export;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.foreshape.journal.JournalException;
import org.foreshape.journal.JournalReader;

/**
 * Writes a journal's tables as files, one for each table. Memory stays bounded whatever the
 * journal's length: rows go from a record straight into the file's present group of rows.
 */
public final class JournalExport {
    /** Form of the files. */
    public enum Format {
        /** Apache Parquet, compressed. */
        PARQUET("FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 61440"),
        /** Comma-separated values with a header. */
        CSV("FORMAT csv, HEADER true");

        private final String options;

        Format(String options) {
            this.options = options;
        }

        private String suffix() {
            return "." + name().toLowerCase(Locale.ROOT);
        }
    }

    private final JournalDatabase database;
    private final Path directory;
    private final List<Table> tables;

    /**
     * An export that has not begun.
     *
     * @param database the journal's tables
     * @param directory the journal
     * @param tableNames which tables; empty: all
     * @throws IllegalArgumentException when there is no such table
     */
    public JournalExport(JournalDatabase database, Path directory, List<String> tableNames) {
        this.database = database;
        this.directory = directory;
        this.tables =
                Tables.all().stream()
                        .filter(t -> tableNames.isEmpty() || tableNames.contains(t.name()))
                        .toList();
        for (String name : tableNames) {
            if (tables.stream().noneMatch(table -> table.name().equals(name))) {
                throw new IllegalArgumentException(
                        "there is no table "
                                + name
                                + "; there are "
                                + String.join(", ", JournalDatabase.tableNames()));
            }
        }
    }

    /** Records that will be read in all: each table takes a pass of its own. */
    public long recordsToRead() {
        return JournalReader.recordCount(directory) * tables.size();
    }

    /**
     * Writes the files.
     *
     * @param format their form
     * @param folder made when absent; must be empty
     * @param threads tables that are written at a time
     * @return the files
     * @throws IOException when the folder cannot be made, or is not empty
     * @throws JournalException when a file cannot be written; none of them is left then
     */
    public List<Path> write(Format format, Path folder, int threads) throws IOException {
        Files.createDirectories(folder);
        try (Stream<Path> there = Files.list(folder)) {
            if (there.findAny().isPresent()) {
                throw new IOException(folder + " is not empty; name another, or empty it");
            }
        }
        List<Path> files = new ArrayList<>();
        List<Future<?>> running = new ArrayList<>();
        try (ExecutorService workers = Executors.newFixedThreadPool(threads)) {
            for (Table table : tables) {
                Path file = folder.resolve(table.name() + format.suffix());
                files.add(file);
                running.add(
                        workers.submit(() -> {
                            copy(table, file, format);
                            return null;
                        }));
            }
            await(running, workers, files);
        }
        return files;
    }

    private static void await(List<Future<?>> running, ExecutorService workers, List<Path> files) {
        try {
            for (Future<?> one : running) {
                one.get();
            }
        } catch (ExecutionException e) {
            workers.shutdownNow();
            workers.close();
            files.forEach(file -> file.toFile().delete());
            throw new JournalException("the export failed: " + e.getCause(), e);
        } catch (InterruptedException e) {
            workers.shutdownNow();
            Thread.currentThread().interrupt();
            throw new JournalException("the export was interrupted", e);
        }
    }

    private void copy(Table table, Path file, Format format) throws SQLException {
        try (Connection own = database.anotherConnection();
                Statement statement = own.createStatement()) {
            statement.execute(
                    "COPY (SELECT * FROM "
                            + table.name()
                            + ") TO '"
                            + file.toString().replace("'", "''")
                            + "' ("
                            + format.options
                            + ")");
        }
    }
}
