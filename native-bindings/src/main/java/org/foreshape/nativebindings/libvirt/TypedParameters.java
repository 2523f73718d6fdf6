package org.foreshape.nativebindings.libvirt;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.foreshape.nativebindings.generated.libvirt.virTypedParameter;
import org.foreshape.nativebindings.internal.RawMemory;

/**
 * Named values that libvirt takes and gives, in order. libvirt checks types: set a value with the
 * type that it gave, or that its documentation names. Not thread-safe; for configuration, not for
 * hot paths.
 *
 * @see <a href="https://libvirt.org/html/libvirt-libvirt-common.html#virTypedParameter">
 *     virTypedParameter</a>
 */
public final class TypedParameters {
    private static final int NAME_LENGTH_MAX = DomainStatsDecoder.NAME_LENGTH - 1;

    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private record Entry(int type, Object value) {}

    /** An empty set of parameters. */
    public TypedParameters() {}

    /**
     * Adds a 32-bit number.
     *
     * @param name at most 79 bytes
     * @param value the value
     * @return this
     */
    public TypedParameters putInt(String name, int value) {
        return put(name, DomainStatsDecoder.TYPE_INT, (long) value);
    }

    /**
     * Adds an unsigned 32-bit number.
     *
     * @param name at most 79 bytes
     * @param value its bits
     * @return this
     */
    public TypedParameters putUnsignedInt(String name, int value) {
        return put(name, DomainStatsDecoder.TYPE_UINT, value & 0xffff_ffffL);
    }

    /**
     * Adds a 64-bit number, for instance {@code vcpu_quota}.
     *
     * @param name at most 79 bytes
     * @param value the value
     * @return this
     */
    public TypedParameters putLong(String name, long value) {
        return put(name, DomainStatsDecoder.TYPE_LLONG, value);
    }

    /**
     * Adds an unsigned 64-bit number, for instance {@code cpu_shares} or {@code vcpu_period}.
     *
     * @param name at most 79 bytes
     * @param value its bits
     * @return this
     */
    public TypedParameters putUnsignedLong(String name, long value) {
        return put(name, DomainStatsDecoder.TYPE_ULLONG, value);
    }

    /**
     * Adds a floating point number.
     *
     * @param name at most 79 bytes
     * @param value the value
     * @return this
     */
    public TypedParameters putDouble(String name, double value) {
        return put(name, DomainStatsDecoder.TYPE_DOUBLE, value);
    }

    /**
     * Adds a truth value.
     *
     * @param name at most 79 bytes
     * @param value the value
     * @return this
     */
    public TypedParameters putBoolean(String name, boolean value) {
        return put(name, DomainStatsDecoder.TYPE_BOOLEAN, value ? 1L : 0L);
    }

    /**
     * Adds a text, for instance {@code numa_nodeset}.
     *
     * @param name at most 79 bytes
     * @param value the value
     * @return this
     */
    public TypedParameters putString(String name, String value) {
        return put(name, DomainStatsDecoder.TYPE_STRING, value);
    }

    /**
     * The names, in order.
     *
     * @return a view that cannot be changed
     */
    public Set<String> names() {
        return java.util.Collections.unmodifiableSet(entries.keySet());
    }

    /**
     * A whole number or truth value.
     *
     * @param name of a parameter that is here
     * @return its value; an unsigned one as its bits
     */
    public long getLong(String name) {
        return value(name, Long.class);
    }

    /**
     * A floating point number.
     *
     * @param name of a parameter that is here
     * @return its value
     */
    public double getDouble(String name) {
        return value(name, Double.class);
    }

    /**
     * A text.
     *
     * @param name of a parameter that is here
     * @return its value
     */
    public String getString(String name) {
        return value(name, String.class);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("{");
        entries.forEach((name, entry) -> {
            text.append(text.length() == 1 ? "" : ", ");
            text.append(name).append('=').append(entry.value);
        });
        return text.append('}').toString();
    }

    int size() {
        return entries.size();
    }

    MemorySegment encode(Arena arena) {
        MemorySegment array = virTypedParameter.allocateArray(Math.max(1, size()), arena);
        int i = 0;
        for (Map.Entry<String, Entry> named : entries.entrySet()) {
            MemorySegment parameter = virTypedParameter.asSlice(array, i++);
            parameter.setString(0, named.getKey());
            Entry entry = named.getValue();
            virTypedParameter.type(parameter, entry.type);
            MemorySegment value = virTypedParameter.value(parameter);
            switch (entry.type) {
                case DomainStatsDecoder.TYPE_INT, DomainStatsDecoder.TYPE_UINT ->
                        virTypedParameter.value.ui(value, (int) (long) (Long) entry.value);
                case DomainStatsDecoder.TYPE_DOUBLE ->
                        virTypedParameter.value.d(value, (Double) entry.value);
                case DomainStatsDecoder.TYPE_BOOLEAN ->
                        virTypedParameter.value.b(value, (byte) (long) (Long) entry.value);
                case DomainStatsDecoder.TYPE_STRING ->
                        virTypedParameter.value.s(value, arena.allocateFrom((String) entry.value));
                default -> virTypedParameter.value.ul(value, (Long) entry.value);
            }
        }
        return array;
    }

    /** Reads an array that libvirt filled, and frees the texts in it, which are the caller's. */
    static TypedParameters decodeAndFreeTexts(MemorySegment array, int count) {
        TypedParameters parameters = new TypedParameters();
        for (int i = 0; i < count; i++) {
            MemorySegment parameter = virTypedParameter.asSlice(array, i);
            String name = parameter.getString(0);
            int type = virTypedParameter.type(parameter);
            MemorySegment value = virTypedParameter.value(parameter);
            switch (type) {
                case DomainStatsDecoder.TYPE_INT ->
                        parameters.putInt(name, virTypedParameter.value.i(value));
                case DomainStatsDecoder.TYPE_UINT ->
                        parameters.putUnsignedInt(name, virTypedParameter.value.ui(value));
                case DomainStatsDecoder.TYPE_LLONG ->
                        parameters.putLong(name, virTypedParameter.value.l(value));
                case DomainStatsDecoder.TYPE_ULLONG ->
                        parameters.putUnsignedLong(name, virTypedParameter.value.ul(value));
                case DomainStatsDecoder.TYPE_DOUBLE ->
                        parameters.putDouble(name, virTypedParameter.value.d(value));
                case DomainStatsDecoder.TYPE_BOOLEAN ->
                        parameters.putBoolean(name, virTypedParameter.value.b(value) != 0);
                case DomainStatsDecoder.TYPE_STRING -> {
                    MemorySegment text = virTypedParameter.value.s(value);
                    if (text.address() != 0) {
                        parameters.putString(name, RawMemory.getString(text.address()));
                        LibvirtStrings.free(text);
                    }
                }
                default -> {
                    // A driver may leave the end of the array unset (type 0).
                }
            }
        }
        return parameters;
    }

    private TypedParameters put(String name, int type, Object value) {
        int lengthBytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (lengthBytes == 0 || lengthBytes > NAME_LENGTH_MAX || name.indexOf(0) >= 0) {
            throw new IllegalArgumentException("name must have 1 to 79 bytes: " + name);
        }
        entries.put(name, new Entry(type, value));
        return this;
    }

    private <T> T value(String name, Class<T> type) {
        Entry entry = entries.get(name);
        if (entry == null || !type.isInstance(entry.value)) {
            throw new IllegalArgumentException(
                    "no " + type.getSimpleName() + " named " + name + " in " + this);
        }
        return type.cast(entry.value);
    }
}
