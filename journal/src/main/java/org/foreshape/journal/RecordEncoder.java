package org.foreshape.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.agrona.concurrent.UnsafeBuffer;
import org.foreshape.journal.codec.MessageHeaderEncoder;
import org.foreshape.journal.codec.RecordHeaderEncoder;
import org.foreshape.ring.event.ControlSection;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.LearntKind;
import org.foreshape.ring.event.LearntSection;
import org.foreshape.ring.event.Tick;

/**
 * Builds one record in a preallocated off-heap buffer; allocates nothing. Not thread-safe.
 *
 * <pre>
 *  0        8       12            16                     53
 *  +--------+-------+-------------+- - - - - - - - - - - +-----------+------------+--------+----------+
 *  | header | crc32c| lengthBytes | rest of RecordHeader | the event | [forecast] | [plan] | [learnt] |
 *  +--------+-------+-------------+- - - - - - - - - - - +-----------+------------+--------+----------+
 * </pre>
 */
final class RecordEncoder {
    /** Where the checksum lies; the same in every version of the format. */
    static final int CRC_OFFSET =
            MessageHeaderEncoder.ENCODED_LENGTH + RecordHeaderEncoder.crc32cEncodingOffset();

    // A slot takes 173 bytes of sample, 273 of forecast, 39 of plan and twice 17 of acts; the rest
    // of a record is at most a control text with its name, a part of learnt state and headers.
    private static final int SLOT_BYTES_MAX = 640;
    private static final int FIXED_BYTES_MAX =
            ControlSection.TEXT_BYTES_MAX + LearntSection.PAYLOAD_BYTES_MAX + 8192;

    private final ByteBuffer bytes;
    private final UnsafeBuffer buffer;
    private final CRC32C crc = new CRC32C();
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final RecordHeaderEncoder record = new RecordHeaderEncoder();
    private final SampleCodec samples = new SampleCodec();
    private final NewsCodec news = new NewsCodec();
    private final LearntCodec learnt = new LearntCodec();
    private final DecisionCodec decisions = new DecisionCodec();

    RecordEncoder(int vmCountMax) {
        bytes = ByteBuffer.allocateDirect(bytesMax(vmCountMax)).order(ByteOrder.LITTLE_ENDIAN);
        buffer = new UnsafeBuffer(bytes);
    }

    /** The longest record of a run with that many VMs. */
    static int bytesMax(int vmCountMax) {
        return Math.addExact(FIXED_BYTES_MAX, Math.multiplyExact(vmCountMax, SLOT_BYTES_MAX));
    }

    /** The buffer that {@link #encode} fills from offset 0. */
    ByteBuffer bytes() {
        return bytes;
    }

    /** Builds the record of an event and returns its length in bytes. */
    int encode(Tick tick, long recordSequence, long runId, int vmCountMax) {
        record.wrapAndApplyHeader(buffer, 0, header)
                .crc32c(0)
                .recordSequence(recordSequence)
                .runId(runId)
                .eventSequence(tick.sequence)
                .timeNs(tick.timeNs)
                .vmCountMax(vmCountMax)
                .kind((short) tick.kind.ordinal());
        int end = record.limit();
        end =
                switch (tick.kind) {
                    case SAMPLE -> samples.encode(tick.sample, buffer, end, header);
                    case TASK -> news.encode(tick.task, buffer, end, header);
                    case PRESSURE -> news.encode(tick.pressure, buffer, end, header);
                    case CONTROL -> news.encode(tick.control, buffer, end, header);
                    case OUTCOME -> news.encode(tick.outcome, buffer, end, header);
                    case LEARNT -> learnt.encode(tick.learnt, buffer, end, header);
                };
        if (tick.forecast.slotCount > 0) {
            end = decisions.encode(tick.forecast, buffer, end, header);
        }
        if (DecisionCodec.isSet(tick.plan)) {
            end = decisions.encode(tick.plan, buffer, end, header);
        }
        if (tick.kind != EventKind.LEARNT && tick.learnt.kind != LearntKind.NONE) {
            end = learnt.encode(tick.learnt, buffer, end, header);
        }
        record.lengthBytes(end);
        crc.reset();
        crc.update(bytes.limit(end).position(0));
        bytes.clear();
        record.crc32c(crc.getValue());
        return end;
    }
}
