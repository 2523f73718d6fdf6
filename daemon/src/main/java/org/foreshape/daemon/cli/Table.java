package org.foreshape.daemon.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** A plain text table: the first column to the left, numbers to the right. One thread. */
final class Table {
    private final List<String[]> rows = new ArrayList<>();

    /** A table with these headings. */
    Table(String... headings) {
        rows.add(headings);
    }

    /** Adds a row with a cell for each heading. */
    void row(String... cells) {
        rows.add(cells);
    }

    /** Prints headings and rows, each column as wide as its widest cell. */
    void print(PrintWriter out) {
        int[] width = new int[rows.getFirst().length];
        for (String[] row : rows) {
            for (int i = 0; i < width.length; i++) {
                width[i] = Math.max(width[i], row[i].length());
            }
        }
        boolean[] right = new boolean[width.length];
        for (int i = 0; i < right.length; i++) {
            right[i] = isNumeric(i);
        }
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < width.length; i++) {
                String pad = " ".repeat(width[i] - row[i].length());
                line.append(right[i] ? pad + row[i] : row[i] + pad).append("  ");
            }
            out.println(line.toString().stripTrailing());
        }
    }

    /** Whether every cell below the heading starts like a number. */
    private boolean isNumeric(int column) {
        return rows.size() > 1
                && rows.stream().skip(1).allMatch(row -> row[column].matches("|-|[-+]?[0-9].*"));
    }
}
