package org.foreshape.nativebindings.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.foreshape.nativebindings.internal.Scratch;

/**
 * Asks the kernel which acts on the machine as a whole it lets this process do. Files are opened
 * for writing and closed unwritten; what is created (a userfaultfd, a pressure trigger) is closed
 * at once and was attached to nothing.
 */
final class MachineActs {
    private static final int O_WRONLY = 1;
    private static final int O_NONBLOCK_CLOEXEC = 0x800 | 0x80000;
    private static final int FD_NEVER = -1;
    private static final long STALL_US = 150_000;
    private static final long SHORT_WINDOW_US = 1_000_000;
    private static final Path HUGE_PAGES = Path.of("/sys/kernel/mm/transparent_hugepage");
    private static final Path DAMON = Path.of("/sys/kernel/mm/damon/admin/kdamonds/nr_kdamonds");

    private MachineActs() {}

    static List<ActAvailability> probe() {
        return List.of(
                userfaultfd(),
                hugePageSwitch(),
                compaction(),
                readahead(),
                idleReads(),
                shortPressureWindows(),
                pageout(),
                damon());
    }

    private static ActAvailability userfaultfd() {
        SyscallNumbers numbers = SyscallNumbers.ofArchitecture(System.getProperty("os.arch"));
        long fd = LinuxCalls.syscall(numbers.userfaultfd(), O_NONBLOCK_CLOEXEC, 0, 0, 0, 0, 0);
        if (fd >= 0) {
            LinuxCalls.close((int) fd);
            return ActAvailability.yes(MemoryAct.USERFAULTFD, "");
        }
        Path device = Path.of("/dev/userfaultfd");
        if (openToWrite(device) == 0) {
            return ActAvailability.yes(MemoryAct.USERFAULTFD, "by " + device);
        }
        return fd == -Errno.EPERM
                ? ActAvailability.no(
                        MemoryAct.USERFAULTFD,
                        "EPERM, this process lacks CAP_SYS_PTRACE and may not open " + device,
                        "grant CAP_SYS_PTRACE or the device")
                : ActAvailability.no(
                        MemoryAct.USERFAULTFD,
                        Errno.symbol((int) -fd) + ", the kernel lacks CONFIG_USERFAULTFD",
                        "run a kernel that has it");
    }

    private static ActAvailability hugePageSwitch() {
        Path perSize = HUGE_PAGES.resolve("hugepages-2048kB/enabled");
        Path file = Files.exists(perSize) ? perSize : HUGE_PAGES.resolve("use_zero_page");
        if (!Files.exists(file)) {
            return ActAvailability.no(
                    MemoryAct.HUGE_PAGE_SWITCH,
                    "there is no " + HUGE_PAGES,
                    "run a kernel with CONFIG_TRANSPARENT_HUGEPAGE");
        }
        return rootFile(MemoryAct.HUGE_PAGE_SWITCH, file);
    }

    private static ActAvailability compaction() {
        Path all = Path.of("/proc/sys/vm/compact_memory");
        if (!Files.exists(all)) {
            return ActAvailability.no(
                    MemoryAct.COMPACTION,
                    "there is no " + all,
                    "run a kernel with CONFIG_COMPACTION");
        }
        Path node = Path.of("/sys/devices/system/node/node0/compact");
        return openToWrite(node) == 0
                ? ActAvailability.yes(MemoryAct.COMPACTION, "")
                : rootFile(MemoryAct.COMPACTION, all);
    }

    private static ActAvailability rootFile(MemoryAct act, Path file) {
        long errno = openToWrite(file);
        return errno == 0
                ? ActAvailability.yes(act, "")
                : ActAvailability.no(
                        act,
                        Errno.symbol((int) errno) + ", " + file + " may not be written",
                        "run as root, or let a small helper of root write it");
    }

    private static ActAvailability readahead() {
        MemorySegment nothing = Scratch.buffer();
        boolean cachestat = FileCalls.cachestat(FD_NEVER, nothing, nothing) != -Errno.ENOSYS;
        return ActAvailability.yes(
                MemoryAct.READAHEAD,
                (cachestat ? "" : "by mincore, the kernel has no cachestat (6.5); ")
                        + "an image must be readable, and this user's or writable to see what is"
                        + " cached of it");
    }

    private static ActAvailability idleReads() {
        List<String> deaf = new ArrayList<>();
        try (DirectoryStream<Path> disks = Files.newDirectoryStream(Path.of("/sys/block"))) {
            for (Path disk : disks) {
                Path scheduler = disk.resolve("queue/scheduler");
                boolean isReal = Files.exists(disk.resolve("device"));
                if (isReal && Files.isReadable(scheduler)) {
                    String chosen = Files.readString(scheduler);
                    if (!chosen.contains("[bfq]") && !chosen.contains("[mq-deadline]")) {
                        deaf.add(String.valueOf(disk.getFileName()));
                    }
                }
            }
        } catch (IOException e) {
            return ActAvailability.yes(
                    MemoryAct.IDLE_READS, "the disks' schedulers cannot be read: " + e);
        }
        return ActAvailability.yes(
                MemoryAct.IDLE_READS,
                deaf.isEmpty()
                        ? ""
                        : "but the scheduler of "
                                + String.join(", ", deaf)
                                + " does not heed it; echo bfq > /sys/block/DISK/queue/scheduler");
    }

    private static ActAvailability shortPressureWindows() {
        Path memory = Path.of("/proc/pressure/memory");
        MemoryAct act = MemoryAct.SHORT_PRESSURE_WINDOWS;
        if (!Files.exists(memory)) {
            return ActAvailability.no(
                    act, "there is no " + memory, "boot with psi=1 on a kernel with CONFIG_PSI");
        }
        try {
            PressureTrigger.open(memory, PressureTrigger.Kind.SOME, STALL_US, SHORT_WINDOW_US)
                    .close();
            return ActAvailability.yes(act, "");
        } catch (LinuxException e) {
            return e.errno() == Errno.EINVAL || e.errno() == Errno.EPERM
                    ? ActAvailability.no(
                            act,
                            e.symbol() + ", this process lacks CAP_SYS_RESOURCE",
                            "grant it; until then windows are multiples of 2 s")
                    : ActAvailability.no(
                            act,
                            e.symbol() + ", " + memory + " cannot be armed",
                            "boot with psi=1, and let this user write the file");
        }
    }

    private static ActAvailability pageout() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
                if (line.startsWith("SwapTotal:")) {
                    long kib = Long.parseLong(line.replaceAll("[^0-9]", ""));
                    return kib > 0
                            ? ActAvailability.yes(MemoryAct.PAGEOUT, kib / 1024 + " MiB of swap")
                            : ActAvailability.no(
                                    MemoryAct.PAGEOUT,
                                    "there is no swap, without which it only splits huge pages",
                                    "add zram (modprobe zram; zramctl; mkswap; swapon) or a swap"
                                            + " file");
                }
            }
        } catch (IOException e) {
            return ActAvailability.no(
                    MemoryAct.PAGEOUT, "/proc/meminfo cannot be read: " + e, "mount /proc");
        }
        return ActAvailability.no(
                MemoryAct.PAGEOUT, "the kernel has no swap", "run one with CONFIG_SWAP");
    }

    private static ActAvailability damon() {
        KernelOptions options = KernelOptions.ofThisMachine();
        if (!Files.exists(DAMON)) {
            return ActAvailability.no(
                    MemoryAct.DAMON,
                    "there is no " + DAMON,
                    "run a kernel with CONFIG_DAMON_SYSFS; clear_refs does until then");
        }
        if (options.known() && !options.has("CONFIG_DAMON_VADDR")) {
            return ActAvailability.no(
                    MemoryAct.DAMON,
                    "the kernel lacks CONFIG_DAMON_VADDR, it cannot watch a process",
                    "run one that has it; clear_refs does until then");
        }
        try {
            if (!Files.readString(DAMON).strip().equals("0")) {
                return ActAvailability.no(
                        MemoryAct.DAMON,
                        "someone else uses it, see " + DAMON,
                        "stop that use, for it cannot be shared");
            }
        } catch (IOException e) {
            return rootFile(MemoryAct.DAMON, DAMON);
        }
        return rootFile(MemoryAct.DAMON, DAMON);
    }

    /** 0, or the error number. */
    private static long openToWrite(Path file) {
        try (Arena call = Arena.ofConfined()) {
            long fd =
                    LinuxCalls.open(
                            call.allocateFrom(file.toString()), O_WRONLY | O_NONBLOCK_CLOEXEC, 0);
            if (fd < 0) {
                return -fd;
            }
            LinuxCalls.close((int) fd);
            return 0;
        }
    }
}
