package org.foreshape.nativebindings.libvirt;

import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainGetUUID;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainStatsRecordListFree;

import java.lang.foreign.MemorySegment;
import org.foreshape.nativebindings.generated.libvirt.virDomainStatsRecord;
import org.foreshape.nativebindings.generated.libvirt.virTypedParameter;
import org.foreshape.nativebindings.internal.RawMemory;
import org.foreshape.nativebindings.internal.Scratch;

/**
 * Reads a list of statistics records where libvirt left it, then frees it.
 *
 * <pre>
 *   list: record*[count], NULL      record: 0 domain*  8 parameter*  16 int count
 *   parameter (96 bytes): 0 char name[80]   80 int type   88 value (8 bytes)
 * </pre>
 */
final class DomainStatsDecoder {
    static final int TYPE_INT = 1;
    static final int TYPE_UINT = 2;
    static final int TYPE_LLONG = 3;
    static final int TYPE_ULLONG = 4;
    static final int TYPE_DOUBLE = 5;
    static final int TYPE_BOOLEAN = 6;
    static final int TYPE_STRING = 7;
    static final int NAME_LENGTH = 80;

    private static final ThreadLocal<DomainStatsNames> NAMES =
            ThreadLocal.withInitial(() -> new DomainStatsNames(NAME_LENGTH));

    private static final long RECORD_DOMAIN = virDomainStatsRecord.dom$offset();
    private static final long RECORD_PARAMETERS = virDomainStatsRecord.params$offset();
    private static final long RECORD_COUNT = virDomainStatsRecord.nparams$offset();
    private static final long PARAMETER_SIZE = virTypedParameter.sizeof();
    private static final long PARAMETER_TYPE = virTypedParameter.type$offset();
    private static final long PARAMETER_VALUE = virTypedParameter.value$offset();

    private DomainStatsDecoder() {}

    static void decodeAndFree(long list, int count, DomainStatsSink sink) {
        try {
            MemorySegment uuid = Scratch.buffer();
            for (int i = 0; i < count; i++) {
                long record = RawMemory.getLong(list + 8L * i);
                MemorySegment domain =
                        MemorySegment.ofAddress(RawMemory.getLong(record + RECORD_DOMAIN));
                if (virDomainGetUUID(domain, uuid) < 0) {
                    throw LibvirtException.last("virDomainGetUUID", "record=" + i);
                }
                sink.begin(DomainUuid.high(uuid), DomainUuid.low(uuid));
                decode(
                        RawMemory.getLong(record + RECORD_PARAMETERS),
                        RawMemory.getInt(record + RECORD_COUNT),
                        sink);
                sink.end();
            }
        } finally {
            virDomainStatsRecordListFree(MemorySegment.ofAddress(list));
        }
    }

    static void decode(long parameters, int count, DomainStatsSink sink) {
        DomainStatsNames names = NAMES.get();
        boolean wantsText = sink.wantsText();
        for (int i = 0; i < count; i++) {
            long parameter = parameters + i * PARAMETER_SIZE;
            DomainStatsField field = names.find(parameter);
            if (field == null) {
                continue;
            }
            int type = RawMemory.getInt(parameter + PARAMETER_TYPE);
            long value = parameter + PARAMETER_VALUE;
            if (type != TYPE_STRING) {
                sink.value(field, names.index(), number(type, value));
            } else if (wantsText) {
                sink.text(field, names.index(), RawMemory.getString(RawMemory.getLong(value)));
            }
        }
    }

    private static long number(int type, long value) {
        return switch (type) {
            case TYPE_INT -> RawMemory.getInt(value);
            case TYPE_UINT -> RawMemory.getInt(value) & 0xffff_ffffL;
            case TYPE_LLONG, TYPE_ULLONG -> RawMemory.getLong(value);
            case TYPE_DOUBLE -> (long) RawMemory.getDouble(value);
            case TYPE_BOOLEAN -> RawMemory.getByte(value);
            default ->
                    throw new IllegalStateException("libvirt gave a value of unknown type " + type);
        };
    }
}
