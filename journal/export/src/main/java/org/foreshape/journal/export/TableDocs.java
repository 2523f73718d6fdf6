package org.foreshape.journal.export;

/** Writes the documentation of the tables from the tables. */
public final class TableDocs {
    /** What the generated part begins with. */
    static final String MARK = "# Tables\n";

    private TableDocs() {}

    /** The generated part of the page, as Markdown. */
    public static String markdown() {
        StringBuilder page = new StringBuilder(16_384).append(MARK);
        for (Table table : Tables.all()) {
            page.append("\n## `").append(table.name()).append("`\n\n");
            page.append(table.meaning()).append("\n\n");
            page.append("| column | type | meaning |\n|---|---|---|\n");
            for (Column column : table.columns()) {
                page.append("| `").append(column.name()).append("` | ").append(column.sqlType());
                page.append(" | ").append(column.meaning()).append(" |\n");
            }
        }
        return page.toString();
    }
}
