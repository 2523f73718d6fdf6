package org.foreshape.numasculptor;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads where a process's memory and threads are, from {@code /proc} or a recording of it. Any
 * thread; each call reads anew. A process is named by its number only: hold it by a {@link
 * SculptTarget} and check that afterwards.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/numa.7.html">numa(7)</a>, numa_maps
 */
public final class ProcessReader {
    private static final String GUEST_MEMFD = "memory-backend-memfd";
    private static final int STAT_STATE = 0;
    private static final int STAT_UTIME = 11;
    private static final int STAT_STIME = 12;
    private static final int STAT_START = 19;
    private static final int STAT_MEMORY_BYTES = 20;
    private static final int STAT_CPU = 36;
    private static final long KIB = 1024;

    private final Path root;

    /**
     * A reader of what lies below a root.
     *
     * @param root the folder with {@code proc}
     */
    public ProcessReader(Path root) {
        this.root = root;
    }

    /**
     * A reader of this machine.
     *
     * @return with the root {@code /}
     */
    public static ProcessReader ofThisMachine() {
        return new ProcessReader(Path.of("/"));
    }

    /**
     * When a process started, which tells it from another that took its number later.
     *
     * @param pid its number
     * @return clock ticks since the machine's start
     * @throws SculptException there is no such process
     */
    public long startTicks(int pid) {
        return Long.parseLong(statWords(file(pid, "stat"))[STAT_START]);
    }

    /**
     * Whether a process still has memory. One that is ending is rid of it before it is a zombie,
     * and from then on its maps, smaps and numa_maps are empty: a look at them means something only
     * if this is true after it.
     */
    boolean hasMemory(int pid) {
        return !statWords(file(pid, "stat"))[STAT_MEMORY_BYTES].equals("0");
    }

    /** The nodes on which the kernel lets a process allocate, as it writes them. */
    String allowedNodes(int pid) {
        for (String line : lines(file(pid, "status"))) {
            if (line.startsWith("Mems_allowed_list:")) {
                return line.substring(line.indexOf(':') + 1).strip();
            }
        }
        throw new SculptException(file(pid, "status") + " tells no Mems_allowed_list", null);
    }

    /**
     * Bytes of a process by node, from numa_maps.
     *
     * @param pid its number
     * @return by node, ascending; only nodes that hold some
     * @throws SculptException there is no such process, or it may not be read
     */
    public Map<Integer, Long> bytesByNode(int pid) {
        return sum(pid, List.of());
    }

    /**
     * Bytes of some ranges by node, from numa_maps.
     *
     * @param pid its number
     * @param ranges each mapping that overlaps one of them counts, as a whole
     * @return by node, ascending; only nodes that hold some
     * @throws SculptException there is no such process, or it may not be read
     */
    public Map<Integer, Long> bytesByNode(int pid, List<RamRange> ranges) {
        return ranges.isEmpty() ? Map.of() : sum(pid, ranges);
    }

    private Map<Integer, Long> sum(int pid, List<RamRange> ranges) {
        Set<Long> starts = new HashSet<>();
        if (!ranges.isEmpty()) {
            forMappings(
                    pid,
                    (range, name, rights) -> {
                        if (ranges.stream().anyMatch(r -> overlap(range, r))) {
                            starts.add(range.start());
                        }
                    });
        }
        return sumOf(pid, starts);
    }

    /** Bytes by node of mappings that are known by their start; no other line is looked at. */
    Map<Integer, Long> bytesOfMappings(int pid, List<RamRange> mappings) {
        Set<Long> starts = new HashSet<>();
        mappings.forEach(mapping -> starts.add(mapping.start()));
        return starts.isEmpty() ? Map.of() : sumOf(pid, starts);
    }

    private Map<Integer, Long> sumOf(int pid, Set<Long> starts) {
        var sums = new TreeMap<Integer, Long>();
        String text = text(file(pid, "numa_maps"));
        for (int at = 0, end; at < text.length(); at = end + 1) {
            end = text.indexOf('\n', at);
            end = end < 0 ? text.length() : end;
            int space = text.indexOf(' ', at);
            if (starts.isEmpty() || starts.contains(hex(text, at, space))) {
                add(text.substring(at, end).split(" ", -1), sums);
            }
        }
        return Collections.unmodifiableMap(sums);
    }

    private static long hex(String text, int from, int to) {
        return Long.parseUnsignedLong(text, from, to, 16);
    }

    /** Adds {@code N0=12 N1=7 kernelpagesize_kB=4} of one line. */
    private static void add(String[] words, Map<Integer, Long> sums) {
        long pageKib = 4;
        for (String word : words) {
            if (word.startsWith("kernelpagesize_kB=")) {
                pageKib = Long.parseLong(word.substring(word.indexOf('=') + 1));
            }
        }
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals > 1 && word.charAt(0) == 'N' && Character.isDigit(word.charAt(1))) {
                int node = Integer.parseInt(word.substring(1, equals));
                long bytes = Long.parseLong(word.substring(equals + 1)) * pageKib * KIB;
                sums.merge(node, bytes, Long::sum);
            }
        }
    }

    /**
     * The threads of a process.
     *
     * @param pid its number
     * @param nodes the host's nodes, to tell on which one each runs
     * @return ascending by number; threads that end meanwhile are left out
     * @throws SculptException there is no such process
     */
    public List<ThreadNode> threads(int pid, List<HostNode> nodes) {
        var threads = new ArrayList<ThreadNode>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(file(pid, "task"))) {
            for (Path folder : folders) {
                try {
                    threads.add(thread(folder, nodes));
                } catch (SculptException gone) {
                    // Threads come and go; one that ended is nobody's concern any more.
                    if (Files.exists(folder)) {
                        throw gone;
                    }
                }
            }
        } catch (IOException e) {
            throw new SculptException("the threads of process " + pid + " cannot be read", e);
        }
        threads.sort(Comparator.comparingInt(ThreadNode::tid));
        return List.copyOf(threads);
    }

    private static ThreadNode thread(Path folder, List<HostNode> nodes) {
        String[] stat = statWords(folder.resolve("stat"));
        String name = text(folder.resolve("comm")).trim();
        String allowed = "";
        for (String line : lines(folder.resolve("status"))) {
            if (line.startsWith("Cpus_allowed_list:")) {
                allowed = line.substring(line.indexOf(':') + 1);
            }
        }
        int cpu = Integer.parseInt(stat[STAT_CPU]);
        int node =
                nodes.stream()
                        .filter(n -> n.cpus().contains(cpu))
                        .mapToInt(HostNode::node)
                        .findFirst()
                        .orElse(-1);
        return new ThreadNode(
                Integer.parseInt(String.valueOf(folder.getFileName())),
                name,
                cpu,
                node,
                CpuList.parse(allowed),
                vcpuOf(name),
                Long.parseLong(stat[STAT_UTIME]) + Long.parseLong(stat[STAT_STIME]));
    }

    /** QEMU names them {@code CPU 0/KVM} or {@code CPU 0/TCG}. */
    static int vcpuOf(String name) {
        int slash = name.indexOf('/');
        if (!name.startsWith("CPU ") || slash < 5) {
            return -1;
        }
        String number = name.substring(4, slash);
        return number.chars().allMatch(Character::isDigit) ? Integer.parseInt(number) : -1;
    }

    /**
     * Finds a QEMU guest's RAM by its size: memfd of QEMU's by their name, else private writable
     * memory without a name of exactly the size. Never by size alone: under TCG the translation
     * buffer is nearly as large, and executable.
     *
     * @param pid its number
     * @param ramBytes the size of the guest's RAM as it was started
     * @return its ranges, ascending; empty when none fits
     * @throws SculptException there is no such process, or it may not be read
     */
    public List<RamRange> guestRam(int pid, long ramBytes) {
        var shared = new ArrayList<RamRange>();
        var anonymous = new ArrayList<RamRange>();
        forMappings(
                pid,
                (range, name, rights) -> {
                    if (name.contains(GUEST_MEMFD)) {
                        shared.add(range);
                    } else if (name.isEmpty()
                            && rights.equals("rw-p")
                            && range.sizeBytes() == ramBytes) {
                        anonymous.add(range);
                    }
                });
        return List.copyOf(shared.isEmpty() ? anonymous : shared);
    }

    /**
     * What is mapped within bounds now.
     *
     * @param pid its number
     * @param bounds ranges known before
     * @return ascending; each within one of the bounds
     * @throws SculptException there is no such process, or it may not be read
     */
    public List<RamRange> mapped(int pid, List<RamRange> bounds) {
        var found = new ArrayList<RamRange>();
        forMappings(
                pid,
                (range, name, rights) -> {
                    for (RamRange bound : bounds) {
                        if (overlap(range, bound)) {
                            long start = Math.max(range.start(), bound.start());
                            long offset = range.fileOffset() + start - range.start();
                            found.add(
                                    new RamRange(
                                            start,
                                            Math.min(range.end(), bound.end()),
                                            range.anonymous() ? 0 : offset,
                                            range.anonymous()));
                        }
                    }
                });
        return List.copyOf(found);
    }

    private interface MappingSink {
        void accept(RamRange range, String name, String rights);
    }

    private void forMappings(int pid, MappingSink sink) {
        for (String line : lines(file(pid, "maps"))) {
            String[] words = line.split("\\s+", 6);
            String name = words.length < 6 ? "" : words[5];
            int dash = words[0].indexOf('-');
            long start = Long.parseUnsignedLong(words[0].substring(0, dash), 16);
            long end = Long.parseUnsignedLong(words[0].substring(dash + 1), 16);
            // The gate page lies above the signed numbers; nothing is ever done to it.
            if (end > start && start >= 0) {
                long offset = Long.parseLong(words[2], 16);
                sink.accept(new RamRange(start, end, offset, name.isEmpty()), name, words[1]);
            }
        }
    }

    private static boolean overlap(RamRange range, RamRange bound) {
        return range.start() < bound.end() && bound.start() < range.end();
    }

    /**
     * What smaps tells of ranges.
     *
     * @param pid its number
     * @param ranges each mapping that overlaps one of them counts, as a whole
     * @return the sums
     * @throws SculptException there is no such process, or it may not be read
     */
    public MemoryFigures figures(int pid, List<RamRange> ranges) {
        long[] sums = new long[5];
        addFigures(text(file(pid, "smaps")), ranges, sums);
        return figures(sums);
    }

    /** What smaps tells of the whole process, by smaps_rollup, which is a page of text. */
    MemoryFigures wholeFigures(int pid) {
        long[] sums = new long[5];
        var all =
                new RamRange(
                        0, Long.MAX_VALUE / RamRange.PAGE_BYTES * RamRange.PAGE_BYTES, 0, true);
        addFigures(text(file(pid, "smaps_rollup")), List.of(all), sums);
        return figures(sums);
    }

    private static MemoryFigures figures(long[] sums) {
        return new MemoryFigures(sums[0], sums[1], sums[2], sums[3], sums[4]);
    }

    private static void addFigures(String text, List<RamRange> ranges, long[] sums) {
        boolean counts = false;
        for (int at = 0, end; at < text.length(); at = end + 1) {
            end = text.indexOf('\n', at);
            end = end < 0 ? text.length() : end;
            // Labels begin with a capital, the first line of a mapping with its address.
            if (!Character.isUpperCase(text.charAt(at))) {
                int dash = text.indexOf('-', at);
                long first = hex(text, at, dash);
                long last = hex(text, dash + 1, text.indexOf(' ', dash));
                counts = ranges.stream().anyMatch(r -> r.start() < last && first < r.end());
            } else if (counts) {
                int colon = text.indexOf(':', at);
                int index = indexOf(text.substring(at, colon));
                if (index >= 0) {
                    sums[index] += kib(text.substring(at, end), colon - at) * KIB;
                }
            }
        }
    }

    private static int indexOf(String label) {
        return switch (label) {
            case "Size" -> 0;
            case "Rss" -> 1;
            case "AnonHugePages", "ShmemPmdMapped", "FilePmdMapped" -> 2;
            case "Referenced" -> 3;
            case "Swap" -> 4;
            default -> -1;
        };
    }

    private static long kib(String line, int colon) {
        return Long.parseLong(line.substring(colon + 1, line.length() - 2).trim());
    }

    Path file(int pid, String name) {
        return root.resolve("proc").resolve(Integer.toString(pid)).resolve(name);
    }

    /** The words behind the command's name, which stands in brackets and may hold anything. */
    private static String[] statWords(Path file) {
        String text = text(file);
        String[] words = text.substring(text.lastIndexOf(')') + 2).trim().split(" ", -1);
        if (words.length <= STAT_CPU || words[STAT_STATE].isEmpty()) {
            throw new SculptException(file + " cannot be understood: " + text, null);
        }
        return words;
    }

    private static List<String> lines(Path file) {
        return text(file).lines().toList();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new SculptException("there is no " + file + ": the process has ended", e);
        } catch (IOException e) {
            throw new SculptException(file + " cannot be read: " + e.getMessage(), e);
        }
    }
}
