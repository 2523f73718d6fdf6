package org.foreshape.journal.export;

import java.nio.file.Path;
import org.duckdb.DuckDBDataChunkWriter;
import org.duckdb.DuckDBTableFunction;
import org.duckdb.DuckDBTableFunctionBindInfo;
import org.duckdb.DuckDBTableFunctionCallInfo;
import org.duckdb.DuckDBTableFunctionInitInfo;
import org.foreshape.journal.JournalReader;

/** Tells the SQL engine of a table, and starts a scan of it for each use in a query. */
final class ScanFunction implements DuckDBTableFunction<Table, Scan, Object> {
    private final Path directory;
    private final Table table;
    private final ScanLog log;

    ScanFunction(Path directory, Table table, ScanLog log) {
        this.directory = directory;
        this.table = table;
        this.log = log;
    }

    @Override
    public Table bind(DuckDBTableFunctionBindInfo info) {
        for (Column column : table.columns()) {
            info.addResultColumn(column.name(), column.type());
        }
        return table;
    }

    @Override
    public Scan init(DuckDBTableFunctionInitInfo info) {
        info.setMaxThreads(1);
        Column[] wanted = new Column[(int) info.getColumnCount()];
        for (int i = 0; i < wanted.length; i++) {
            long index = info.getColumnIndex(i);
            // count(*) wants the rows and none of their columns; the engine names no column then.
            wanted[i] =
                    table.columns()
                            .get(index >= 0 && index < table.columns().size() ? (int) index : 0);
        }
        return new Scan(table, wanted, JournalReader.open(directory), log);
    }

    @Override
    public long apply(DuckDBTableFunctionCallInfo info, DuckDBDataChunkWriter chunk) {
        Scan scan = info.getInitData();
        return scan.fill(chunk);
    }
}
