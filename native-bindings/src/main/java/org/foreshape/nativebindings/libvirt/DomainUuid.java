package org.foreshape.nativebindings.libvirt;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** libvirt's 16 raw UUID bytes, most significant first, as the two halves of a Java UUID. */
final class DomainUuid {
    private static final ValueLayout.OfLong HALF =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private DomainUuid() {}

    static long high(MemorySegment uuid) {
        return uuid.get(HALF, 0);
    }

    static long low(MemorySegment uuid) {
        return uuid.get(HALF, 8);
    }
}
