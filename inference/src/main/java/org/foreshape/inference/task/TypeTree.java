package org.foreshape.inference.task;

import java.nio.ByteBuffer;
import org.foreshape.ring.event.TaskSection;
import org.foreshape.ring.event.Text;

/**
 * Task types and their families as nodes: 0 stands for all, then come the families, then the types.
 * A name keeps its node; names that find no place are counted, and belong to the nearest node that
 * has one. Nothing allocates after construction. One thread.
 */
final class TypeTree {
    static final int ALL = 0;
    static final int FAMILIES_MAX = 32;
    static final int TYPES_MAX = 64;
    static final int FIRST_TYPE = 1 + FAMILIES_MAX;
    static final int NODES = FIRST_TYPE + TYPES_MAX;

    private final Text[] name = new Text[NODES];
    private final int[] parent = new int[NODES];
    private final byte[] copied = new byte[TaskSection.TYPE_BYTES_MAX];
    private int familyCount;
    private int typeCount;
    private long refusedCount;

    TypeTree() {
        for (int node = 0; node < NODES; node++) {
            name[node] = new Text(TaskSection.TYPE_BYTES_MAX);
        }
    }

    /** Types that found no place, counted on each try. */
    long refusedCount() {
        return refusedCount;
    }

    /** Most bytes that {@link #save} writes. */
    static final int SAVED_BYTES_MAX =
            2 * Short.BYTES + (FAMILIES_MAX + TYPES_MAX) * (2 + TaskSection.TYPE_BYTES_MAX);

    /** Writes all names, and under which family each type is. */
    void save(ByteBuffer out) {
        out.putShort((short) familyCount);
        out.putShort((short) typeCount);
        for (int k = 1; k < nodeCount(); k++) {
            int node = node(k);
            out.put((byte) parent[node]).put((byte) name[node].lengthBytes());
            out.put(name[node].bytes(), 0, name[node].lengthBytes());
        }
    }

    /**
     * Takes the names back, in place of those it knew.
     *
     * @throws IllegalArgumentException for more of them than there are places, or longer ones
     */
    void restore(ByteBuffer in) {
        clear();
        int families = in.getShort();
        int types = in.getShort();
        if (families < 0 || families > FAMILIES_MAX || types < 0 || types > TYPES_MAX) {
            throw new IllegalArgumentException(families + " families and " + types + " types");
        }
        familyCount = families;
        typeCount = types;
        for (int k = 1; k < nodeCount(); k++) {
            int node = node(k);
            int above = in.get();
            int length = in.get();
            if (above < 0 || above > (isType(node) ? families : 0)) {
                throw new IllegalArgumentException("a type of family " + above);
            }
            if (length < 0 || length > TaskSection.TYPE_BYTES_MAX) {
                throw new IllegalArgumentException("a name of " + length + " bytes");
            }
            parent[node] = above;
            in.get(copied, 0, length);
            name[node].set(copied, length);
        }
    }

    /** Forgets all names. */
    void clear() {
        familyCount = 0;
        typeCount = 0;
    }

    /** Nodes in use: all, the families, the types. */
    int nodeCount() {
        return 1 + familyCount + typeCount;
    }

    /** The k-th node in use. */
    int node(int k) {
        return k <= familyCount ? k : FIRST_TYPE + k - familyCount - 1;
    }

    int typeCount() {
        return typeCount;
    }

    int familyCount() {
        return familyCount;
    }

    String name(int node) {
        return name[node].toString();
    }

    /** The node above a type or a family. */
    int parent(int node) {
        return parent[node];
    }

    static boolean isType(int node) {
        return node >= FIRST_TYPE;
    }

    static TaskMap.Level levelOf(int node) {
        if (node == ALL) {
            return TaskMap.Level.ALL;
        }
        return isType(node) ? TaskMap.Level.TYPE : TaskMap.Level.FAMILY;
    }

    /** The nearest node that is known: the type's, its family's, or all. */
    int find(Text type) {
        int known = search(type, type.lengthBytes(), FIRST_TYPE, typeCount);
        if (known >= 0) {
            return known;
        }
        int family = search(type, familyBytes(type), 1, familyCount);
        return family < 0 ? ALL : family;
    }

    /** The same, after giving the type and its family places where there are any left. */
    int place(Text type) {
        int known = search(type, type.lengthBytes(), FIRST_TYPE, typeCount);
        if (known >= 0) {
            return known;
        }
        int familyBytes = familyBytes(type);
        int family = search(type, familyBytes, 1, familyCount);
        if (typeCount == TYPES_MAX) {
            refusedCount++;
            return family < 0 ? ALL : family;
        }
        if (family < 0) {
            family = ALL;
            if (familyCount < FAMILIES_MAX) {
                family = ++familyCount;
                name[family].set(type.bytes(), familyBytes);
            }
        }
        int node = FIRST_TYPE + typeCount++;
        name[node].copyFrom(type);
        parent[node] = family;
        return node;
    }

    private int search(Text wanted, int lengthBytes, int from, int count) {
        for (int node = from; node < from + count; node++) {
            if (startsWith(wanted, lengthBytes, name[node])) {
                return node;
            }
        }
        return -1;
    }

    private static boolean startsWith(Text text, int lengthBytes, Text name) {
        if (name.lengthBytes() != lengthBytes) {
            return false;
        }
        for (int k = 0; k < lengthBytes; k++) {
            if (text.bytes()[k] != name.bytes()[k]) {
                return false;
            }
        }
        return true;
    }

    private static int familyBytes(Text type) {
        for (int k = 0; k < type.lengthBytes(); k++) {
            byte one = type.bytes()[k];
            if (one == '-' || one == '/' || one == ':') {
                return k;
            }
        }
        return type.lengthBytes();
    }
}
