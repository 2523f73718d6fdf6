package org.foreshape.journal.export;

/** A query that the SQL engine does not take; the message is its own. */
public final class QueryException extends RuntimeException {
    private static final long serialVersionUID = 1;

    QueryException(String message, Throwable cause) {
        super(message, cause);
    }
}
