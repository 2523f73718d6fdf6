package org.foreshape.journal.export;

import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Hands the answer of a query on, row by row. */
final class Answer {
    private Answer() {}

    static void send(ResultSet answer, JournalDatabase.Rows to) throws SQLException {
        ResultSetMetaData about = answer.getMetaData();
        int count = about.getColumnCount();
        List<String> names = new ArrayList<>(count);
        for (int i = 1; i <= count; i++) {
            names.add(about.getColumnLabel(i));
        }
        to.columns(names);
        while (answer.next()) {
            // ArrayList, since a cell may be null.
            List<String> cells = new ArrayList<>(count);
            for (int i = 1; i <= count; i++) {
                cells.add(answer.getString(i));
            }
            to.row(cells);
        }
    }
}
