package org.foreshape.journal;

import org.jspecify.annotations.Nullable;

/** A record is not what was written. The reader stands behind it where it can. */
public final class CorruptRecordException extends JournalException {
    private static final long serialVersionUID = 1;

    private final transient Place place;
    private final boolean passable;
    private final boolean missing;

    CorruptRecordException(
            String directory,
            Place place,
            String reason,
            boolean passable,
            boolean missing,
            @Nullable Throwable cause) {
        super(
                "journal "
                        + directory
                        + ": "
                        + place
                        + (missing ? " has a gap before it: " : " is damaged: ")
                        + reason
                        + "; run `foreshape journal verify`",
                cause);
        this.place = place;
        this.passable = passable;
        this.missing = missing;
    }

    /** Where the record lies. */
    public Place place() {
        return place;
    }

    /** Whether reading can go on behind it. */
    public boolean passable() {
        return passable;
    }

    /** Whether the record itself is sound, and others are missing before it. */
    public boolean missing() {
        return missing;
    }
}
