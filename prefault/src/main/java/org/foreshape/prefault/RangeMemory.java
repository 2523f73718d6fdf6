package org.foreshape.prefault;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How much of a range is in memory, by {@code /proc/PID/smaps}: the judge of every act, since a
 * call's return value can be wrong.
 *
 * @param residentBytes in the process's page table; without the shared pages of zeros
 * @param hugeBytes of these in huge pages: AnonHugePages, ShmemPmdMapped, FilePmdMapped
 * @param hugetlbBytes mapped from the pool of huge pages, which Rss leaves out
 * @param kernelPageBytes the page size of its mapping
 * @param isHugeAdvised whether it is marked for huge pages (VmFlags hg)
 * @param isHugeForbidden whether it is marked against them (VmFlags nh)
 * @param mappedBytes how much of the range is mapped at all
 * @see <a href="https://man7.org/linux/man-pages/man5/proc_pid_smaps.5.html">smaps</a>
 */
public record RangeMemory(
        long residentBytes,
        long hugeBytes,
        long hugetlbBytes,
        long kernelPageBytes,
        boolean isHugeAdvised,
        boolean isHugeForbidden,
        long mappedBytes) {

    /**
     * Reads the state of a range. A mapping that reaches out of it is counted whole. Blocks while
     * the kernel walks the process's page tables, some milliseconds per GiB.
     *
     * @param range where
     * @return its state
     * @throws IOException the process is gone, or may not be looked at
     */
    public static RangeMemory read(RamRange range) throws IOException {
        return read(range.pid(), range.start(), range.end());
    }

    static RangeMemory read(int pid, long start, long end) throws IOException {
        Path file = Path.of("/proc/" + pid + "/smaps");
        try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
            Sum sum = new Sum();
            boolean inside = false;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                // Only the head of a mapping has no colon after its first word.
                int colon = line.indexOf(':');
                int space = line.indexOf(' ');
                if (colon < 0 || (space >= 0 && space < colon)) {
                    Vma vma = Vma.parse(line);
                    if (vma != null && vma.start() >= end) {
                        // Mappings are in order of address. QEMU's libraries lie behind its memory,
                        // and for what is not read the kernel walks no page table.
                        break;
                    }
                    inside = vma != null && vma.start() < end && start < vma.end();
                    if (inside && vma != null) {
                        sum.mappedBytes += Math.min(end, vma.end()) - Math.max(start, vma.start());
                    }
                } else if (inside) {
                    sum.add(line.substring(0, colon), line.substring(colon + 1).strip());
                }
            }
            return sum.toMemory();
        }
    }

    /** Adds up the mappings of a range. */
    private static final class Sum {
        private long residentBytes;
        private long hugeBytes;
        private long hugetlbBytes;
        private long kernelPageBytes;
        private boolean isHugeAdvised;
        private boolean isHugeForbidden;
        private long mappedBytes;

        void add(String name, String value) {
            switch (name) {
                case "Rss" -> residentBytes += bytes(value);
                case "AnonHugePages", "ShmemPmdMapped", "FilePmdMapped" ->
                        hugeBytes += bytes(value);
                case "Shared_Hugetlb", "Private_Hugetlb" -> hugetlbBytes += bytes(value);
                case "KernelPageSize" -> kernelPageBytes = Math.max(kernelPageBytes, bytes(value));
                case "VmFlags" -> {
                    String flags = " " + value + " ";
                    isHugeAdvised |= flags.contains(" hg ");
                    isHugeForbidden |= flags.contains(" nh ");
                }
                default -> {
                    // Other figures are of no use here.
                }
            }
        }

        RangeMemory toMemory() {
            return new RangeMemory(
                    residentBytes,
                    hugeBytes,
                    hugetlbBytes,
                    kernelPageBytes,
                    isHugeAdvised,
                    isHugeForbidden,
                    mappedBytes);
        }

        /** "123 kB" in bytes. */
        private static long bytes(String value) {
            int space = value.indexOf(' ');
            return Long.parseLong(value, 0, space < 0 ? value.length() : space, 10) * 1024;
        }
    }
}
