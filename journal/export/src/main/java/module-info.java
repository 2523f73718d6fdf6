import org.jspecify.annotations.NullMarked;

/** The journal as tables: SQL over it, and files of it. The only module that sees DuckDB. */
@NullMarked
module org.foreshape.journal.export {
    requires static transitive org.jspecify;
    requires transitive org.foreshape.journal;
    requires duckdb.jdbc;
    requires java.sql;

    exports org.foreshape.journal.export;
}
