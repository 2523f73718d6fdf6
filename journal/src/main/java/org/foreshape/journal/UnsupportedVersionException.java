package org.foreshape.journal;

/** The journal was written by a newer program. */
public final class UnsupportedVersionException extends JournalException {
    private static final long serialVersionUID = 1;

    private final int version;

    UnsupportedVersionException(String directory, int version, int versionMax) {
        super(
                "journal "
                        + directory
                        + " has format version "
                        + version
                        + ", this program knows up to version "
                        + versionMax
                        + "; use the newer program or another journal directory");
        this.version = version;
    }

    /** Format version of the journal. */
    public int version() {
        return version;
    }
}
