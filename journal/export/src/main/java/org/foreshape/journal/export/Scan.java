package org.foreshape.journal.export;

import org.duckdb.DuckDBDataChunkWriter;
import org.duckdb.DuckDBTableFunctionState;
import org.duckdb.DuckDBWritableVector;
import org.foreshape.journal.CorruptRecordException;
import org.foreshape.journal.JournalReader;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;

/**
 * One pass over the journal for one table: fills chunks of rows, as the SQL engine asks for them,
 * with the columns it asks for. Holds one record at a time. One thread at a time.
 */
final class Scan implements DuckDBTableFunctionState {
    private final Table table;
    private final Column[] columns;
    private final ScanLog log;
    private final Row row;
    private boolean inRecord;

    Scan(Table table, Column[] columns, JournalReader reader, ScanLog log) {
        this.table = table;
        this.columns = columns;
        this.log = log;
        this.row = new Row(reader);
    }

    /** Fills a chunk and returns how many rows it has; 0 at the end. */
    long fill(DuckDBDataChunkWriter chunk) {
        long capacity = chunk.capacity();
        DuckDBWritableVector[] vectors = new DuckDBWritableVector[columns.length];
        for (int i = 0; i < vectors.length; i++) {
            vectors[i] = chunk.vector(i);
        }
        long count = 0;
        while (count < capacity && nextRow()) {
            for (int i = 0; i < columns.length; i++) {
                columns[i].filler().fill(vectors[i], count, row);
            }
            count++;
        }
        return count;
    }

    /** Goes to the next row; false at the end. */
    private boolean nextRow() {
        int from = row.index + 1;
        while (true) {
            if (inRecord) {
                int next = table.rows().next(row.tick, from);
                if (next != Table.NONE) {
                    row.index = next;
                    return true;
                }
                inRecord = false;
            }
            if (!nextRecord()) {
                return false;
            }
            from = 0;
        }
    }

    /** Goes to the next record that may have rows; damaged ones are left out and told. */
    private boolean nextRecord() {
        JournalReader reader = row.reader;
        while (true) {
            try {
                if (!reader.advance()) {
                    return false;
                }
                log.read();
                EventKind kind = reader.kind();
                boolean concerns = table.concerns().concerns(kind);
                if (concerns || kind == EventKind.CONTROL) {
                    if (row.tick.vmCountMax < reader.vmCountMax()) {
                        row.tick = new Tick(reader.vmCountMax());
                    }
                    reader.read(row.tick);
                    row.names.observe(reader.runId(), row.tick);
                }
                if (concerns) {
                    inRecord = true;
                    return true;
                }
            } catch (CorruptRecordException e) {
                log.damaged(String.valueOf(e.getMessage()));
                if (!e.passable()) {
                    return false;
                }
            }
        }
    }

    @Override
    public void close() {
        row.reader.close();
    }
}
