package org.foreshape.prefault.pages;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads what a VMM says of its memory: a JSON array of mappings, or an object that wraps one. Keys
 * that are not known are passed over, since versions and forks of the VMM differ in them.
 *
 * <pre>
 *  [{"base_host_virt_addr": 140000000000, "size": 1048576, "offset": 0,
 *    "page_size": 4096, "page_size_kib": 4096}, ...]
 * </pre>
 *
 * {@code page_size_kib} is the older name of {@code page_size} and counts bytes as well.
 */
final class HandshakeMessage {
    static final int MAPPINGS_MAX = 64;
    private static final String ADDRESS = "base_host_virt_addr";
    private static final JsonMapper MAPPER = JsonMapper.shared();

    private HandshakeMessage() {}

    /**
     * Whether the brackets of a text that arrives in pieces are closed, which ends the message: it
     * has no length before it, and the VMM may keep the connection open.
     */
    static boolean isComplete(byte[] text, int length) {
        int depth = 0;
        boolean quoted = false;
        for (int i = 0; i < length; i++) {
            byte c = text[i];
            if (quoted) {
                if (c == '\\') {
                    i++;
                } else if (c == '"') {
                    quoted = false;
                }
            } else if (c == '"') {
                quoted = true;
            } else if (c == '[' || c == '{') {
                depth++;
            } else if ((c == ']' || c == '}') && --depth <= 0) {
                return true;
            }
        }
        return false;
    }

    /** Loads the parser, which takes longer than a whole restore may. */
    static void warmUp() {
        byte[] example = "[{\"a\":1}]".getBytes(StandardCharsets.UTF_8);
        try {
            parse(example, example.length);
        } catch (HandshakeException expected) {
            // It names no mapping.
        }
    }

    /** The mappings of a message; each may still be unfit to be served. */
    static List<GuestMapping> parse(byte[] text, int length) throws HandshakeException {
        JsonNode root;
        try {
            root = MAPPER.readTree(text, 0, length);
        } catch (JacksonException garbled) {
            throw new HandshakeException(
                    "the message is not JSON: %s; it begins with '%s'"
                            .formatted(garbled.getOriginalMessage(), start(text, length)));
        }
        JsonNode array = findMappings(root);
        if (array == null) {
            throw new HandshakeException(
                    "no array of mappings with " + ADDRESS + " in '" + start(text, length) + "'");
        }
        if (array.size() > MAPPINGS_MAX) {
            throw new HandshakeException(
                    array.size() + " mappings are more than the " + MAPPINGS_MAX + " served");
        }
        List<GuestMapping> mappings = new ArrayList<>();
        for (JsonNode item : array) {
            mappings.add(
                    new GuestMapping(
                            number(item, ADDRESS),
                            number(item, "size"),
                            number(item, "offset"),
                            pageBytes(item)));
        }
        return mappings;
    }

    private static @Nullable JsonNode findMappings(JsonNode node) {
        if (node.isArray() && !node.isEmpty() && node.get(0).has(ADDRESS)) {
            return node;
        }
        for (JsonNode child : node) {
            JsonNode found = child.isContainer() ? findMappings(child) : null;
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static long pageBytes(JsonNode item) throws HandshakeException {
        for (String key : List.of("page_size", "page_size_kib")) {
            if (item.has(key)) {
                return number(item, key);
            }
        }
        return GuestMapping.BASE_PAGE_BYTES;
    }

    private static long number(JsonNode item, String key) throws HandshakeException {
        JsonNode value = item.get(key);
        if (value == null || !value.isIntegralNumber() || !value.canConvertToLong()) {
            throw new HandshakeException(
                    "a mapping's " + key + " must be a whole number, not " + value);
        }
        return value.longValue();
    }

    private static String start(byte[] text, int length) {
        return new String(text, 0, Math.min(length, 60), StandardCharsets.UTF_8);
    }
}
