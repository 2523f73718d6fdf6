package org.foreshape.journal.export;

import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Hands the answer of a query on, row by row. */
final class Answer {
    private static final Pattern NO_FRACTION = Pattern.compile("\\.0$");

    private Answer() {}

    static void send(ResultSet answer, JournalDatabase.Rows to) throws SQLException {
        ResultSetMetaData about = answer.getMetaData();
        int count = about.getColumnCount();
        List<JournalDatabase.Heading> headings = new ArrayList<>(count);
        for (int i = 1; i <= count; i++) {
            headings.add(
                    new JournalDatabase.Heading(
                            about.getColumnLabel(i), isNumber(about.getColumnTypeName(i))));
        }
        to.columns(headings);
        while (answer.next()) {
            // ArrayList, since a cell may be null.
            List<String> cells = new ArrayList<>(count);
            for (int i = 1; i <= count; i++) {
                cells.add(cell(answer, i));
            }
            to.row(cells);
        }
    }

    private static boolean isNumber(String typeName) {
        return typeName.endsWith("INT")
                || typeName.endsWith("INTEGER")
                || typeName.equals("FLOAT")
                || typeName.equals("DOUBLE")
                || typeName.startsWith("DECIMAL");
    }

    /** The text of a cell; a point in time is written as DuckDB itself writes it. */
    private static @Nullable String cell(ResultSet answer, int column) throws SQLException {
        String text = answer.getString(column);
        return text != null && answer.getObject(column) instanceof Timestamp
                ? NO_FRACTION.matcher(text).replaceFirst("")
                : text;
    }
}
