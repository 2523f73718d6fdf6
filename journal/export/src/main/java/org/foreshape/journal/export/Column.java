package org.foreshape.journal.export;

import java.util.Locale;
import java.util.function.Function;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;
import org.duckdb.DuckDBColumnType;
import org.duckdb.DuckDBWritableVector;
import org.jspecify.annotations.Nullable;

/**
 * One column of a table.
 *
 * @param name in SQL; the unit is its end
 * @param type what the scan writes
 * @param isTime whether the number is nanoseconds since 1970 and is shown as a time
 * @param meaning for the documentation
 * @param filler writes it
 */
record Column(String name, DuckDBColumnType type, boolean isTime, String meaning, Filler filler) {
    /** Writes the figure of one row. */
    interface Filler {
        void fill(DuckDBWritableVector to, long at, Row from);
    }

    /** A figure of a row. */
    interface ToFloat {
        float of(Row row);
    }

    /** Type as SQL shows it. */
    String sqlType() {
        return isTime ? "TIMESTAMP_NS" : type == DuckDBColumnType.FLOAT ? "FLOAT" : type.name();
    }

    /** A whole number that is always known. */
    static Column whole(String name, String meaning, ToLongFunction<Row> of) {
        return number(name, DuckDBColumnType.BIGINT, false, meaning, of, value -> true);
    }

    /** A whole number of 0 or more; NULL where it is not known. */
    static Column known(String name, String meaning, ToLongFunction<Row> of) {
        return number(name, DuckDBColumnType.BIGINT, false, meaning, of, value -> value >= 0);
    }

    /** A time; NULL for one that never comes or is not set. */
    static Column time(String name, String meaning, ToLongFunction<Row> of) {
        return number(
                name,
                DuckDBColumnType.BIGINT,
                true,
                meaning,
                of,
                value -> value > 0 && value != Long.MAX_VALUE);
    }

    /** A small number; NULL below 0. */
    static Column small(String name, String meaning, ToIntFunction<Row> of) {
        return number(
                name,
                DuckDBColumnType.INTEGER,
                false,
                meaning,
                of::applyAsInt,
                value -> value >= 0);
    }

    private static Column number(
            String name,
            DuckDBColumnType type,
            boolean isTime,
            String meaning,
            ToLongFunction<Row> of,
            LongPredicate isKnown) {
        return new Column(
                name,
                type,
                isTime,
                meaning,
                (to, at, row) -> {
                    long value = of.applyAsLong(row);
                    if (!isKnown.test(value)) {
                        to.setNull(at);
                    } else if (type == DuckDBColumnType.INTEGER) {
                        to.setInt(at, (int) value);
                    } else {
                        to.setLong(at, value);
                    }
                });
    }

    static Column real(String name, String meaning, ToFloat of) {
        return new Column(
                name,
                DuckDBColumnType.FLOAT,
                false,
                meaning,
                (to, at, row) -> to.setFloat(at, of.of(row)));
    }

    static Column flag(String name, String meaning, Predicate<Row> of) {
        return new Column(
                name,
                DuckDBColumnType.BOOLEAN,
                false,
                meaning,
                (to, at, row) -> to.setBoolean(at, of.test(row)));
    }

    /** A text; NULL where there is none. */
    static Column text(String name, String meaning, Function<Row, @Nullable String> of) {
        return new Column(
                name,
                DuckDBColumnType.VARCHAR,
                false,
                meaning,
                (to, at, row) -> {
                    String value = of.apply(row);
                    if (value == null) {
                        to.setNull(at);
                    } else {
                        to.setString(at, value);
                    }
                });
    }

    /** A constant of an enum, in small letters, with all of them in the documentation. */
    static <E extends Enum<E>> Column word(
            String name, String meaning, Class<E> type, Function<Row, E> of) {
        E[] constants = type.getEnumConstants();
        String[] words = new String[constants.length];
        for (E constant : constants) {
            words[constant.ordinal()] = constant.name().toLowerCase(Locale.ROOT);
        }
        return text(
                name,
                meaning + ": " + String.join(", ", words),
                row -> words[of.apply(row).ordinal()]);
    }
}
