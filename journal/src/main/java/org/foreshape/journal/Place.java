package org.foreshape.journal;

/**
 * Where a record lies.
 *
 * @param file name of the file in the journal's directory
 * @param index Chronicle's index of the document
 * @param recordSequence number of the record in the journal; for a record that cannot be read the
 *     number it should have
 */
public record Place(String file, long index, long recordSequence) {
    /** For messages: {@code record 17 (20261122-21F.cq4, index 0x5eb500000011)}. */
    @Override
    public String toString() {
        return "record "
                + recordSequence
                + " ("
                + file
                + ", index 0x"
                + Long.toHexString(index)
                + ")";
    }
}
