package org.foreshape.nativebindings.linux;

import static org.foreshape.nativebindings.generated.numa.Numa.numa_available;
import static org.foreshape.nativebindings.generated.numa.Numa.numa_distance;
import static org.foreshape.nativebindings.generated.numa.Numa.numa_max_node;
import static org.foreshape.nativebindings.generated.numa.Numa.numa_node_of_cpu;
import static org.foreshape.nativebindings.generated.numa.Numa.numa_node_size64;
import static org.foreshape.nativebindings.generated.numa.Numa.numa_num_configured_nodes;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import org.foreshape.nativebindings.NativeUnavailableException;
import org.foreshape.nativebindings.internal.Scratch;
import org.jspecify.annotations.Nullable;

/**
 * The NUMA nodes of this machine, by libnuma. Any thread. Node numbers may have holes; a node that
 * is absent has size 0.
 *
 * @see <a href="https://man7.org/linux/man-pages/man3/numa.3.html">numa(3)</a>
 */
public final class Numa {
    private static final String SONAME = "libnuma.so.1";

    private final int nodeMax;

    private Numa(int nodeMax) {
        this.nodeMax = nodeMax;
    }

    /**
     * Opens libnuma.
     *
     * @return the nodes of this machine
     * @throws NativeUnavailableException libnuma is not installed, or the kernel has no NUMA
     *     support
     */
    public static Numa open() {
        return open(SONAME);
    }

    static Numa open(String soname) {
        // The raw class must not be touched when the library is missing: it would fail for ever.
        try (Arena probe = Arena.ofConfined()) {
            SymbolLookup.libraryLookup(soname, probe);
        } catch (IllegalArgumentException missing) {
            throw new NativeUnavailableException(
                    soname + " not found: install libnuma1 (apt-get install libnuma1).", missing);
        }
        if (numa_available() < 0) {
            throw new NativeUnavailableException(
                    "The kernel offers no NUMA calls: it is built without CONFIG_NUMA, or a sandbox"
                            + " forbids get_mempolicy.");
        }
        return new Numa(numa_max_node());
    }

    /**
     * How many nodes with memory or processors there are.
     *
     * @return 1 or more
     */
    public int nodeCount() {
        return numa_num_configured_nodes();
    }

    /**
     * The highest node number in use.
     *
     * @return 0 on a machine with one node
     */
    public int nodeMax() {
        return nodeMax;
    }

    /**
     * Memory of a node.
     *
     * @param node 0 to {@link #nodeMax}
     * @return bytes; 0 for a hole in the numbering
     */
    public long nodeSizeBytes(int node) {
        requireNode(node);
        return Math.max(0, numa_node_size64(node, MemorySegment.NULL));
    }

    /**
     * Free memory of a node, page cache not counted as free.
     *
     * @param node 0 to {@link #nodeMax}
     * @return bytes; 0 for a hole in the numbering
     */
    public long nodeFreeBytes(int node) {
        requireNode(node);
        MemorySegment free = Scratch.buffer();
        free.set(ValueLayout.JAVA_LONG, 0, 0);
        long sizeBytes = numa_node_size64(node, free);
        return sizeBytes < 0 ? 0 : free.get(ValueLayout.JAVA_LONG, 0);
    }

    /**
     * How far two nodes are apart.
     *
     * @param from 0 to {@link #nodeMax}
     * @param to 0 to {@link #nodeMax}
     * @return 10 for the same node, more for farther ones, 0 when not known
     */
    public int distance(int from, int to) {
        requireNode(from);
        requireNode(to);
        return numa_distance(from, to);
    }

    /**
     * The node of a processor.
     *
     * @param cpu its number, not negative
     * @return the node, or -1 when there is no such processor
     */
    public int nodeOfCpu(int cpu) {
        if (cpu < 0) {
            throw new IllegalArgumentException("cpu must not be negative: " + cpu);
        }
        return numa_node_of_cpu(cpu);
    }

    /**
     * Moves pages of a process between nodes, or tells where they lie. By number only: hold another
     * process by {@link RemoteProcess} and use its method instead. Blocks while pages move.
     *
     * @param pid the process; 0 is this one
     * @param pageAddresses addresses in the process, one per page
     * @param nodes the node wanted for each page; null only asks
     * @param status receives the node of each page, or a negated error number
     * @throws LinuxException move_pages(2) failed; ESRCH when there is no such process
     */
    public void moveOrQueryPages(
            int pid, long[] pageAddresses, int @Nullable [] nodes, int[] status) {
        PageMoves.move(
                SyscallNumbers.ofArchitecture(System.getProperty("os.arch")),
                pid,
                pageAddresses,
                nodes,
                status,
                false);
    }

    private void requireNode(int node) {
        if (node < 0 || node > nodeMax) {
            throw new IllegalArgumentException("node must be 0 to " + nodeMax + ", not " + node);
        }
    }
}
