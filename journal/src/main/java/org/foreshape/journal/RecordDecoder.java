package org.foreshape.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.agrona.concurrent.UnsafeBuffer;
import org.foreshape.journal.codec.ForecastDecoder;
import org.foreshape.journal.codec.LearntDecoder;
import org.foreshape.journal.codec.MessageHeaderDecoder;
import org.foreshape.journal.codec.PlanDecoder;
import org.foreshape.journal.codec.RecordHeaderDecoder;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.jspecify.annotations.Nullable;

/**
 * Takes one record apart. A record is copied into an own buffer first, so that what was checked is
 * what is read. Allocates only to grow that buffer. Not thread-safe.
 */
final class RecordDecoder {
    private static final int BYTES_MIN =
            MessageHeaderDecoder.ENCODED_LENGTH + RecordHeaderDecoder.BLOCK_LENGTH;

    private final CRC32C crc = new CRC32C();
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final RecordHeaderDecoder record = new RecordHeaderDecoder();
    private final SampleCodec samples = new SampleCodec();
    private final NewsCodec news = new NewsCodec();
    private final LearntCodec learnt = new LearntCodec();
    private final DecisionCodec decisions = new DecisionCodec();
    private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
    private ByteBuffer bytes = ByteBuffer.allocateDirect(64 << 10);
    private int lengthBytes;
    private int version;

    /** An empty buffer with room for a record of that length, to be filled by the caller. */
    ByteBuffer bytesFor(int length) {
        if (bytes.capacity() < length) {
            bytes = ByteBuffer.allocateDirect(Math.max(length, 2 * bytes.capacity()));
        }
        lengthBytes = length;
        return bytes.order(ByteOrder.LITTLE_ENDIAN).clear().limit(length);
    }

    /**
     * Checks the record in the buffer and reads its header.
     *
     * @return what is wrong with it, or null; a record of another version is not wrong: see {@link
     *     #version()}, which must be looked at before anything else is read
     */
    @Nullable String check() {
        version = 0;
        if (lengthBytes < RecordEncoder.CRC_OFFSET + Integer.BYTES) {
            return "it is only " + lengthBytes + " bytes long";
        }
        bytes.clear().limit(lengthBytes);
        int stored = bytes.getInt(RecordEncoder.CRC_OFFSET);
        bytes.putInt(RecordEncoder.CRC_OFFSET, 0);
        crc.reset();
        crc.update(bytes);
        bytes.putInt(RecordEncoder.CRC_OFFSET, stored);
        if (stored != (int) crc.getValue()) {
            return "its checksum is "
                    + Integer.toHexString((int) crc.getValue())
                    + ", written was "
                    + Integer.toHexString(stored);
        }
        buffer.wrap(bytes, 0, lengthBytes);
        header.wrap(buffer, 0);
        if (header.schemaId() != RecordHeaderDecoder.SCHEMA_ID
                || header.templateId() != RecordHeaderDecoder.TEMPLATE_ID) {
            return "it is not a record of a Foreshape journal";
        }
        version = header.version();
        if (version > RecordHeaderDecoder.SCHEMA_VERSION) {
            return null;
        }
        if (lengthBytes < BYTES_MIN) {
            return "it is only " + lengthBytes + " bytes long";
        }
        record.wrapAndApplyHeader(buffer, 0, header);
        if (record.lengthBytes() != lengthBytes) {
            return "it is " + lengthBytes + " bytes long, written were " + record.lengthBytes();
        }
        return null;
    }

    /** Format version of the record that was checked last; 0 when it could not be told. */
    int version() {
        return version;
    }

    /** Header of the record that was checked last. */
    RecordHeaderDecoder record() {
        return record;
    }

    /** The bytes of the record that was checked last. */
    byte[] copy() {
        byte[] copy = new byte[lengthBytes];
        bytes.get(0, copy);
        return copy;
    }

    /** Reads the event alone, leaving the tick's forecast and plan empty. */
    int decodeEvent(Tick into) {
        EventKind kind = EventKind.of(record.kind());
        into.begin(kind, record.timeNs());
        into.sequence = record.eventSequence();
        into.publishedNanoTime = 0;
        int at = record.limit();
        return switch (kind) {
            case SAMPLE -> samples.decode(into.sample, buffer, at, header);
            case TASK -> news.decode(into.task, buffer, at, header);
            case PRESSURE -> news.decode(into.pressure, buffer, at, header);
            case CONTROL -> news.decode(into.control, buffer, at, header);
            case OUTCOME -> news.decode(into.outcome, buffer, at, header);
            case LEARNT -> learnt.decode(into.learnt, buffer, at, header);
        };
    }

    /** Reads the event and what was decided on it. */
    void decode(Tick into) {
        int at = decodeEvent(into);
        while (at < lengthBytes) {
            header.wrap(buffer, at);
            at =
                    switch (header.templateId()) {
                        case ForecastDecoder.TEMPLATE_ID ->
                                decisions.decode(into.forecast, buffer, at, header);
                        case PlanDecoder.TEMPLATE_ID ->
                                decisions.decode(into.plan, buffer, at, header);
                        case LearntDecoder.TEMPLATE_ID ->
                                learnt.decode(into.learnt, buffer, at, header);
                        default ->
                                throw new IllegalArgumentException(
                                        "message " + header.templateId() + " has no meaning here");
                    };
        }
        into.recorded = true;
    }

    /** Checks a count of slots against the room in the tick. */
    static int slotCount(int count, int countMax) {
        if (count > countMax) {
            throw new IllegalArgumentException(
                    "it has " + count + " slots, there is room for " + countMax);
        }
        return count;
    }
}
