package org.foreshape.ring.event;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A part of what the forecaster has learnt. The forecaster adds one to an event now and then, so
 * that the journal holds its state; an event of kind {@link EventKind#LEARNT} gives it back at the
 * start of a later run.
 */
public final class LearntSection {
    /** Most bytes of one part: writing it must not hold up the decision it travels with. */
    public static final int PAYLOAD_BYTES_MAX = 4096;

    /** What it tells of. */
    public LearntKind kind = LearntKind.NONE;

    /** Layout of the payload; a reader leaves one that it does not know. */
    public int form;

    /** Under which model, or which rules, it was learnt: worth nothing under any other. */
    public long identity;

    /** Number of the snapshot that it is a part of, rising within a run. */
    public long number;

    /** Which part of the snapshot, from 0. */
    public int part;

    /** Parts of the snapshot; without one of them the others are worth nothing. */
    public int partCount;

    /** Bytes of the payload in use. */
    public int lengthBytes;

    /** The payload, little endian; only the first {@link #lengthBytes} count. */
    public final ByteBuffer payload =
            ByteBuffer.allocate(PAYLOAD_BYTES_MAX).order(ByteOrder.LITTLE_ENDIAN);

    LearntSection() {}

    /** Empties the section. */
    public void clear() {
        kind = LearntKind.NONE;
        form = 0;
        identity = 0;
        number = 0;
        part = 0;
        partCount = 0;
        lengthBytes = 0;
    }

    /** Makes this section say what another says; allocates nothing. */
    public void copyFrom(LearntSection from) {
        kind = from.kind;
        form = from.form;
        identity = from.identity;
        number = from.number;
        part = from.part;
        partCount = from.partCount;
        lengthBytes = from.lengthBytes;
        payload.put(0, from.payload, 0, from.lengthBytes);
    }

    /** Whether both say the same, bit for bit. */
    public boolean contentEquals(LearntSection other) {
        return kind == other.kind
                && form == other.form
                && identity == other.identity
                && number == other.number
                && part == other.part
                && partCount == other.partCount
                && lengthBytes == other.lengthBytes
                && payload.slice(0, lengthBytes).equals(other.payload.slice(0, lengthBytes));
    }
}
