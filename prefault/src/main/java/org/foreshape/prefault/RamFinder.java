package org.foreshape.prefault;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds a guest's memory among the mappings of its process. Blocks for as long as reading {@code
 * /proc/PID/maps} takes; any thread. A range ages: find it again after the guest's memory was
 * plugged or unplugged, or when a report says that the range is gone.
 */
public final class RamFinder {
    static final String MEMFD_PREFIX = "/memfd:";
    private static final String MEMFD_OF_QEMU = "/memfd:memory-backend-memfd";

    /** HMP {@code gpa2hva}: "Host virtual address for 0x100000 (pc.ram) is 0x7f0000100000". */
    private static final Pattern MONITOR =
            Pattern.compile(
                    "Host virtual address for 0x([0-9a-fA-F]+) \\([^)]*\\) is 0x([0-9a-fA-F]+)");

    private RamFinder() {}

    /**
     * Finds the memory of a QEMU without asking it: memory files by their name, anonymous memory by
     * its exact size. Executable memory is never taken: under emulation the translation buffer has
     * nearly a guest's size.
     *
     * @param pid the process, which the caller has identified
     * @param sizeBytes the guest's memory at its ceiling: what the domain's {@code <memory>} says
     * @return the range; empty when no mapping fits, or more than one anonymous one does: ask the
     *     monitor then, see {@link #fromMonitor}
     * @throws IOException the process is gone, or may not be looked at
     */
    public static Optional<RamRange> find(int pid, long sizeBytes) throws IOException {
        long startTicks = ProcessStart.ticks(pid);
        List<Vma> all = Vma.of(pid);
        List<Vma> files = new ArrayList<>();
        List<Vma> anonymous = new ArrayList<>();
        for (Vma vma : all) {
            if (!vma.isWritable() || vma.isExecutable() || vma.sizeBytes() != sizeBytes) {
                continue;
            }
            if (vma.name().startsWith(MEMFD_OF_QEMU)) {
                return Optional.of(describe(pid, startTicks, vma));
            }
            if (vma.isAnonymous()) {
                anonymous.add(vma);
            } else if (vma.inode() != 0) {
                files.add(vma);
            }
        }
        List<Vma> chosen = files.isEmpty() ? anonymous : files;
        return chosen.size() == 1
                ? Optional.of(describe(pid, startTicks, chosen.getFirst()))
                : Optional.empty();
    }

    /**
     * Finds the memory of a QEMU by what its monitor answered to {@code gpa2hva 0x100000}. Only a
     * guest whose memory has no hole above that address is one range; of others the first part is
     * returned.
     *
     * @param answer the monitor's words
     * @param pid the process that answered
     * @param sizeBytes the guest's memory; the range ends with its mapping at the latest
     * @return the range; empty when the answer is not of that form, or nothing writable is mapped
     * @throws IOException the process is gone, or may not be looked at
     */
    public static Optional<RamRange> fromMonitor(String answer, int pid, long sizeBytes)
            throws IOException {
        Matcher matcher = MONITOR.matcher(answer);
        if (!matcher.find()) {
            return Optional.empty();
        }
        long start =
                Long.parseUnsignedLong(matcher.group(2), 16)
                        - Long.parseUnsignedLong(matcher.group(1), 16);
        return at(pid, start, sizeBytes);
    }

    /**
     * Describes memory at a known address, for guests that are no QEMU.
     *
     * @param pid the process
     * @param start the address, a multiple of 4 KiB
     * @param sizeBytes how much; the range ends with its mapping at the latest
     * @return the range; empty when nothing writable is mapped there
     * @throws IOException the process is gone, or may not be looked at
     */
    public static Optional<RamRange> at(int pid, long start, long sizeBytes) throws IOException {
        long startTicks = ProcessStart.ticks(pid);
        for (Vma vma : Vma.of(pid)) {
            if (vma.contains(start) && vma.isWritable() && !vma.isExecutable()) {
                long end = Math.min(vma.end(), start + sizeBytes);
                Vma part =
                        new Vma(
                                start,
                                end,
                                vma.permissions(),
                                vma.inode() == 0 ? 0 : vma.offsetBytes() + start - vma.start(),
                                vma.device(),
                                vma.inode(),
                                vma.name());
                return Optional.of(describe(pid, startTicks, part));
            }
        }
        return Optional.empty();
    }

    /** Whether every byte of the range is still mapped as it was found. */
    static boolean isStillThere(RamRange range) throws IOException {
        long at = range.start();
        for (Vma vma : Vma.of(range.pid())) {
            boolean same =
                    vma.isWritable()
                            && vma.inode() == range.inode()
                            && (range.inode() == 0 || vma.device() == range.device());
            if (same && vma.contains(at)) {
                at = vma.end();
            }
        }
        return at >= range.end() && ProcessStart.ticks(range.pid()) == range.processStartTicks();
    }

    private static RamRange describe(int pid, long startTicks, Vma vma) throws IOException {
        RamRange range =
                new RamRange(
                        pid,
                        startTicks,
                        vma.start(),
                        vma.sizeBytes(),
                        MemoryKind.ANONYMOUS,
                        vma.inode() == 0 ? 0 : vma.offsetBytes(),
                        vma.inode() == 0 ? 0 : vma.device(),
                        vma.inode(),
                        vma.name());
        return vma.inode() == 0
                ? range
                : new RamRange(
                        pid,
                        startTicks,
                        range.start(),
                        range.sizeBytes(),
                        kindOfFile(range, vma),
                        range.fileOffsetBytes(),
                        range.device(),
                        range.inode(),
                        range.name());
    }

    private static MemoryKind kindOfFile(RamRange range, Vma vma) throws IOException {
        if (RangeMemory.read(range).kernelPageBytes() > 4096) {
            return MemoryKind.HUGETLB;
        }
        if (!vma.isShared()) {
            return MemoryKind.FILE_PRIVATE;
        }
        if (!vma.name().startsWith(MEMFD_PREFIX)
                && !"tmpfs".equals(fileSystem(range.pid(), range.device()))) {
            return MemoryKind.FILE_SHARED;
        }
        return range.isAligned() ? MemoryKind.TMPFS_ALIGNED : MemoryKind.MEMFD;
    }

    /**
     * The type of the file system on a device, as the process sees it; null when it is not mounted
     * or may not be told.
     *
     * <pre>36 35 0:28 / /dev/shm rw,nosuid shared:9 - tmpfs tmpfs rw</pre>
     */
    private static @Nullable String fileSystem(int pid, long device) throws IOException {
        String wanted = (device >>> 32) + ":" + (device & 0xffffffffL);
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/mountinfo"))) {
                String[] column = line.split(" ", -1);
                int separator = List.of(column).indexOf("-");
                if (separator > 0 && column[2].equals(wanted)) {
                    return column[separator + 1];
                }
            }
        } catch (AccessDeniedException e) {
            // Another user's mounts are hidden; the file is then treated as one of a disk.
            return null;
        }
        return null;
    }
}
