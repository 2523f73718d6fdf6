package org.foreshape.journal.export;

import java.util.List;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;

/**
 * A table of the journal.
 *
 * @param name in SQL, and of its file
 * @param meaning what a row is
 * @param columns in their order
 * @param concerns whether an event of a kind can have rows
 * @param rows which rows a record has
 */
record Table(String name, String meaning, List<Column> columns, Concerns concerns, Rows rows) {
    /** What a record that has no more rows answers. */
    static final int NONE = -1;

    /** Whether records of a kind have to be looked at. */
    interface Concerns {
        boolean concerns(EventKind kind);
    }

    /** The rows of a record. */
    interface Rows {
        /** The first row at or behind an index, or {@link #NONE}. */
        int next(Tick tick, int from);
    }

    /** Name of the function that scans it. */
    String functionName() {
        return "foreshape_" + name;
    }

    /** The view on the function, with times as times. */
    String viewSql() {
        StringBuilder sql = new StringBuilder("CREATE VIEW " + name + " AS SELECT ");
        for (int i = 0; i < columns.size(); i++) {
            Column column = columns.get(i);
            sql.append(i == 0 ? "" : ", ");
            sql.append(
                    column.isTime()
                            ? "make_timestamp_ns(" + column.name() + ") AS " + column.name()
                            : column.name());
        }
        return sql.append(" FROM ").append(functionName()).append("()").toString();
    }
}
