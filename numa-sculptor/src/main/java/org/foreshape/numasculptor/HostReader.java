package org.foreshape.numasculptor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads the NUMA nodes of a host from {@code /sys} and {@code /proc}, or from a recording of them.
 * Any thread; each call reads anew.
 *
 * @see <a
 *     href="https://docs.kernel.org/admin-guide/abi-stable-files.html">stable/sysfs-devices-node</a>
 */
public final class HostReader {
    private static final int HUGE_ORDER = 9;
    private static final long PAGE_BYTES = 4096;
    private static final long KIB = 1024;

    private final Path root;

    /**
     * A reader of what lies below a root.
     *
     * @param root the folder with {@code proc} and {@code sys}
     */
    public HostReader(Path root) {
        this.root = root;
    }

    /**
     * A reader of this machine.
     *
     * @return with the root {@code /}
     */
    public static HostReader ofThisMachine() {
        return new HostReader(Path.of("/"));
    }

    /**
     * The nodes that are online.
     *
     * @return ascending; a kernel without NUMA gives one node 0 with all memory and all CPUs
     * @throws SculptException the files are there but cannot be read or understood
     */
    public List<HostNode> nodes() {
        Path folder = root.resolve("sys/devices/system/node");
        if (!Files.isReadable(folder.resolve("online"))) {
            return List.of(whole());
        }
        Map<Integer, long[]> blocks = freeBlocks();
        var nodes = new ArrayList<HostNode>();
        for (int node : CpuList.parse(text(folder.resolve("online")))) {
            nodes.add(node(folder, node, blocks.getOrDefault(node, new long[0])));
        }
        return List.copyOf(nodes);
    }

    /**
     * Swap space of the host.
     *
     * @return bytes; 0 where there is none
     * @throws SculptException {@code /proc/meminfo} cannot be read
     */
    public long swapTotalBytes() {
        return kibOf(text(root.resolve("proc/meminfo")), "SwapTotal:") * KIB;
    }

    /** The file that compacts a node when "1" is written to it. */
    Path compactFile(int node) {
        return root.resolve("sys/devices/system/node/node" + node + "/compact");
    }

    private HostNode node(Path folder, int node, long[] blocks) {
        Path own = folder.resolve("node" + node);
        String memory = text(own.resolve("meminfo"));
        return new HostNode(
                node,
                CpuList.parse(text(own.resolve("cpulist"))),
                kibOf(memory, "MemTotal:") * KIB,
                kibOf(memory, "MemFree:") * KIB,
                kibOf(memory, "FilePages:") * KIB,
                hugePagesFree(own),
                Arrays.stream(blocks).boxed().toList(),
                unusable(blocks),
                Arrays.stream(text(own.resolve("distance")).trim().split("\\s+", -1))
                        .filter(word -> !word.isEmpty())
                        .map(Integer::valueOf)
                        .toList());
    }

    private HostNode whole() {
        String memory = text(root.resolve("proc/meminfo"));
        long[] blocks = freeBlocks().getOrDefault(0, new long[0]);
        var cpus = new ArrayList<Integer>();
        for (int cpu = 0; cpu < Runtime.getRuntime().availableProcessors(); cpu++) {
            cpus.add(cpu);
        }
        return new HostNode(
                0,
                cpus,
                kibOf(memory, "MemTotal:") * KIB,
                kibOf(memory, "MemFree:") * KIB,
                kibOf(memory, "Cached:") * KIB,
                0,
                Arrays.stream(blocks).boxed().toList(),
                unusable(blocks),
                List.of(10));
    }

    private static long hugePagesFree(Path own) {
        Path file = own.resolve("hugepages/hugepages-2048kB/free_hugepages");
        return Files.isReadable(file) ? Long.parseLong(text(file).trim()) : 0;
    }

    /** Sums {@code Node 0, zone Normal 12 7 ...} over the zones of each node. */
    private Map<Integer, long[]> freeBlocks() {
        var byNode = new TreeMap<Integer, long[]>();
        for (String line : text(root.resolve("proc/buddyinfo")).split("\n", -1)) {
            String[] words = line.trim().split("\\s+", -1);
            if (words.length < 5 || !words[0].equals("Node")) {
                continue;
            }
            int node = Integer.parseInt(words[1].replace(",", ""));
            int orders = words.length - 4;
            long[] sums = byNode.computeIfAbsent(node, n -> new long[orders]);
            for (int order = 0; order < Math.min(orders, sums.length); order++) {
                sums[order] += Long.parseLong(words[4 + order]);
            }
        }
        return byNode;
    }

    /**
     * The kernel's unusable index of order 9, computed as mm/vmstat.c does but over the whole node:
     * extfrag/unusable_index tells it by zone and only where debugfs is mounted.
     */
    static double unusable(long[] blocks) {
        double free = 0;
        double suitable = 0;
        for (int order = 0; order < blocks.length; order++) {
            double bytes = (double) blocks[order] * PAGE_BYTES * (1L << order);
            free += bytes;
            suitable += order >= HUGE_ORDER ? bytes : 0;
        }
        return free == 0 ? 1 : (free - suitable) / free;
    }

    private static long kibOf(String text, String label) {
        int at = text.indexOf(label);
        if (at < 0) {
            return 0;
        }
        int end = text.indexOf('\n', at);
        String[] words =
                text.substring(at + label.length(), end < 0 ? text.length() : end)
                        .trim()
                        .split("\\s+", -1);
        return Long.parseLong(words[0]);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new SculptException(file + " cannot be read", e);
        }
    }
}
