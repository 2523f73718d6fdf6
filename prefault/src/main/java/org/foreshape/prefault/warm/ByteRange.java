package org.foreshape.prefault.warm;

/**
 * A part of a file.
 *
 * @param offsetBytes where it starts, not negative
 * @param lengthBytes how long it is, positive
 */
public record ByteRange(long offsetBytes, long lengthBytes) {
    /** Checks both; an {@link IllegalArgumentException} names what is wrong. */
    public ByteRange {
        if (offsetBytes < 0 || lengthBytes <= 0) {
            throw new IllegalArgumentException(
                    "a range needs an offset of 0 or more and a positive length, not "
                            + offsetBytes
                            + " and "
                            + lengthBytes);
        }
    }
}
