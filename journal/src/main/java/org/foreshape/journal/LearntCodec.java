package org.foreshape.journal;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.foreshape.journal.codec.LearntDecoder;
import org.foreshape.journal.codec.LearntEncoder;
import org.foreshape.journal.codec.MessageHeaderDecoder;
import org.foreshape.journal.codec.MessageHeaderEncoder;
import org.foreshape.ring.event.LearntKind;
import org.foreshape.ring.event.LearntSection;

/** Learnt state as an SBE message and back. Allocates nothing. Not thread-safe. */
final class LearntCodec {
    private final LearntEncoder encoder = new LearntEncoder();
    private final LearntDecoder decoder = new LearntDecoder();

    int encode(
            LearntSection learnt,
            MutableDirectBuffer buffer,
            int offset,
            MessageHeaderEncoder header) {
        encoder.wrapAndApplyHeader(buffer, offset, header)
                .identity(learnt.identity)
                .number(learnt.number)
                .form(learnt.form)
                .part(learnt.part)
                .partCount(learnt.partCount)
                .learntKind((short) learnt.kind.ordinal())
                .putPayload(learnt.payload.array(), 0, learnt.lengthBytes);
        return encoder.limit();
    }

    int decode(LearntSection learnt, DirectBuffer buffer, int offset, MessageHeaderDecoder header) {
        decoder.wrapAndApplyHeader(buffer, offset, header);
        learnt.identity = decoder.identity();
        learnt.number = decoder.number();
        learnt.form = decoder.form();
        learnt.part = decoder.part();
        learnt.partCount = decoder.partCount();
        learnt.kind = LearntKind.of(decoder.learntKind());
        int length = decoder.payloadLength();
        if (length > LearntSection.PAYLOAD_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "it has a part of learnt state of "
                            + length
                            + " bytes, there is room for "
                            + LearntSection.PAYLOAD_BYTES_MAX);
        }
        learnt.lengthBytes = decoder.getPayload(learnt.payload.array(), 0, length);
        return decoder.limit();
    }
}
