package org.foreshape.nativebindings.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Asks the kernel which acts it lets this process do on another one. Each question is the act
 * itself with an input on which it ends right after the kernel's check of rights: nothing to
 * advise, an address where nothing can be mapped, a file descriptor that cannot exist.
 */
final class ProcessActs {
    private static final int O_WRONLY = 1;
    private static final int O_CLOEXEC = 0x80000;
    private static final int MPOL_MF_MOVE = 2;
    private static final int MPOL_MF_MOVE_ALL = 4;
    private static final int FD_NEVER = Integer.MAX_VALUE;

    private final int pid;
    private final SyscallNumbers numbers;
    private final Privileges own;
    private final Privileges target;

    /** What the kernel answers to a read; all else about the other depends on the same right. */
    private final long read;

    private ProcessActs(int pid, SyscallNumbers numbers, Privileges own, Privileges target) {
        this.pid = pid;
        this.numbers = numbers;
        this.own = own;
        this.target = target;
        this.read = readNothing(pid);
    }

    static List<ActAvailability> probe(int pid) {
        SyscallNumbers numbers = SyscallNumbers.ofArchitecture(System.getProperty("os.arch"));
        long pidfd = LinuxCalls.syscall(numbers.pidfdOpen(), pid, 0, 0, 0, 0, 0);
        LinuxException.check(pidfd, "pidfd_open", "pid=%d", pid);
        try {
            var acts =
                    new ProcessActs(pid, numbers, Privileges.ofThisProcess(), Privileges.of(pid));
            List<ActAvailability> answers = acts.ask((int) pidfd);
            LinuxException.check(
                    LinuxCalls.syscall(numbers.pidfdSendSignal(), pidfd, 0, 0, 0, 0, 0)
                                    == -Errno.ESRCH
                            ? -Errno.ESRCH
                            : 0,
                    "pidfd_send_signal",
                    "pid=%d",
                    pid);
            return answers;
        } finally {
            LinuxCalls.close((int) pidfd);
        }
    }

    private List<ActAvailability> ask(int pidfd) {
        return List.of(
                judge(MemoryAct.READ_REMOTE_MEMORY, read),
                judge(
                        MemoryAct.PROCESS_MADVISE,
                        LinuxCalls.syscall(
                                numbers.processMadvise(),
                                pidfd,
                                0,
                                0,
                                MemoryAdvice.COLD.number(),
                                0,
                                0)),
                judge(
                        MemoryAct.PIDFD_GETFD,
                        LinuxCalls.syscall(numbers.pidfdGetfd(), pidfd, FD_NEVER, 0, 0, 0, 0)),
                judge(MemoryAct.MOVE_PAGES, moveNone(MPOL_MF_MOVE)),
                judge(MemoryAct.MOVE_ALL_PAGES, moveNone(MPOL_MF_MOVE_ALL)),
                judge(MemoryAct.PAGEMAP, open("pagemap", 0)),
                judge(MemoryAct.CLEAR_REFS, open("clear_refs", O_WRONLY)),
                judge(MemoryAct.SMAPS, open("smaps", 0)));
    }

    /** The first page is never mapped, so that a permitted read ends with EFAULT. */
    private static long readNothing(int pid) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment vectors = call.allocate(32, 8);
            vectors.set(ValueLayout.ADDRESS, 0, call.allocate(1));
            vectors.set(ValueLayout.JAVA_LONG, 8, 1);
            vectors.set(ValueLayout.JAVA_LONG, 24, 1);
            return LinuxCalls.processVmReadv(pid, vectors, 1, vectors.asSlice(16), 1, 0);
        }
    }

    private long moveNone(int flags) {
        return LinuxCalls.syscall(numbers.movePages(), pid, 0, 0, 0, 0, flags);
    }

    /** Opening has no effect; only what is written into clear_refs has. */
    private long open(String name, int flags) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment path = call.allocateFrom("/proc/" + pid + "/" + name);
            long fd = LinuxCalls.open(path, flags | O_CLOEXEC, 0);
            if (fd >= 0) {
                LinuxCalls.close((int) fd);
            }
            return fd;
        }
    }

    private ActAvailability judge(MemoryAct act, long result) {
        int errno = result < 0 ? (int) -result : 0;
        return switch (errno) {
            case 0, Errno.EFAULT, Errno.EBADF -> ActAvailability.yes(act, detail(act));
            case Errno.EPERM, Errno.EACCES ->
                    ActAvailability.no(act, Errno.symbol(errno) + ", " + lack(act), cure(act));
            case Errno.ENOSYS, Errno.ENOENT ->
                    ActAvailability.no(
                            act,
                            Errno.symbol(errno) + ", the kernel does not offer it",
                            "run a kernel of 6.1 or later that has it");
            default ->
                    ActAvailability.no(
                            act,
                            Errno.symbol(errno) + " (" + LinuxCalls.errorText(errno) + ")",
                            "check that the process still runs");
        };
    }

    private String detail(MemoryAct act) {
        return act == MemoryAct.PAGEMAP && !own.has(Capability.SYS_ADMIN)
                ? "page numbers are hidden without CAP_SYS_ADMIN"
                : "";
    }

    /** Mirrors the order of the kernel's checks: the other's memory, then the right to change. */
    private String lack(MemoryAct act) {
        if (needsOwnFile(act) && !ownsFile()) {
            return "/proc/%d files belong to uid %d, this process is uid %d without %s"
                    .formatted(pid, fileOwner(), own.uid(), Capability.DAC_OVERRIDE.symbol());
        }
        if (mayLook()) {
            return "this process lacks " + Capability.SYS_NICE.symbol();
        }
        if (own.uid() != target.uid()) {
            return "process %d is of uid %d, this one of uid %d without %s"
                    .formatted(pid, target.uid(), own.uid(), Capability.SYS_PTRACE.symbol());
        }
        if ((target.effective() & ~own.effective()) != 0) {
            return "process %d has capabilities that this one lacks".formatted(pid);
        }
        return fileOwner() != target.uid()
                ? "process %d is not dumpable".formatted(pid)
                : "process %d is not dumpable, or guarded by %s".formatted(pid, guard());
    }

    private String cure(MemoryAct act) {
        List<String> wanted = new ArrayList<>();
        if (!mayLook()) {
            wanted.add(Capability.SYS_PTRACE.symbol());
        }
        if (needsOwnFile(act) && !ownsFile()) {
            wanted.add(Capability.DAC_OVERRIDE.symbol());
        }
        if (needsNice(act) && !own.has(Capability.SYS_NICE)) {
            wanted.add(Capability.SYS_NICE.symbol());
        }
        String grant =
                "grant " + String.join(" ", wanted) + " (AmbientCapabilities= of the service)";
        return own.uid() == target.uid() ? grant : "run as uid " + target.uid() + ", or " + grant;
    }

    private boolean mayLook() {
        return read != -Errno.EPERM && read != -Errno.EACCES;
    }

    private boolean ownsFile() {
        return own.uid() == fileOwner() || own.has(Capability.DAC_OVERRIDE);
    }

    /** The other's user, or root where it is not dumpable. */
    private int fileOwner() {
        try {
            return Files.getAttribute(Path.of("/proc/" + pid + "/smaps"), "unix:uid")
                            instanceof Integer uid
                    ? uid
                    : target.uid();
        } catch (IOException e) {
            return target.uid();
        }
    }

    private static boolean needsNice(MemoryAct act) {
        return act == MemoryAct.PROCESS_MADVISE || act == MemoryAct.MOVE_ALL_PAGES;
    }

    private static boolean needsOwnFile(MemoryAct act) {
        return act == MemoryAct.PAGEMAP || act == MemoryAct.CLEAR_REFS;
    }

    private static String guard() {
        try {
            String scope = Files.readString(Path.of("/proc/sys/kernel/yama/ptrace_scope"));
            return "kernel.yama.ptrace_scope, which is " + scope.strip();
        } catch (IOException e) {
            return "a security module";
        }
    }
}
