package org.foreshape.nativebindings.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/**
 * Does each act for real on a process and prints its errno, then what {@link ActProbe} says of it;
 * run by {@link CapabilityMatrixTest} as a process with few rights.
 *
 * <p>Arguments: pid, hexadecimal address of a resident page, number of a memory file of the target.
 */
final class CapabilityCell {
    private CapabilityCell() {}

    private interface Act {
        void run() throws IOException;
    }

    public static void main(String[] args) {
        int pid = Integer.parseInt(args[0]);
        long address = Long.parseUnsignedLong(args[1], 16);
        try (RemoteProcess process = RemoteProcess.open(pid);
                Arena arena = Arena.ofConfined()) {
            MemorySegment into = arena.allocate(1);
            int[] status = new int[1];
            long[] pages = {address};
            real(MemoryAct.READ_REMOTE_MEMORY, () -> process.readMemory(address, into));
            real(MemoryAct.PROCESS_MADVISE, () -> process.advise(address, 4096, MemoryAdvice.COLD));
            real(MemoryAct.PIDFD_GETFD, () -> getFd(pid, Integer.parseInt(args[2])));
            real(MemoryAct.MOVE_PAGES, () -> process.movePages(pages, null, status, false));
            real(
                    MemoryAct.MOVE_ALL_PAGES,
                    () -> process.movePages(pages, new int[] {0}, status, true));
            real(MemoryAct.PAGEMAP, () -> read(pid, "pagemap", address / 4096 * 8));
            real(MemoryAct.CLEAR_REFS, () -> clearRefs(pid));
            real(MemoryAct.SMAPS, () -> read(pid, "smaps", 0));
        }
        for (ActAvailability answer : ActProbe.ofProcess(pid)) {
            say("probe", answer.act(), answer.available() ? "ok" : answer.text());
        }
        for (ActAvailability answer : ActProbe.ofMachine()) {
            say("probe", answer.act(), answer.available() ? "ok" : answer.text());
        }
    }

    private static void real(MemoryAct act, Act run) {
        try {
            run.run();
            say("real", act, "ok");
        } catch (LinuxException e) {
            say("real", act, e.symbol());
        } catch (IOException e) {
            boolean denied =
                    e instanceof java.nio.file.AccessDeniedException
                            || String.valueOf(e.getMessage()).contains("ermission denied");
            say("real", act, denied ? "EACCES" : String.valueOf(e));
        }
    }

    private static void say(String how, MemoryAct act, String text) {
        System.out.println(how + " " + act.name().toLowerCase(Locale.ROOT) + " " + text);
    }

    private static void getFd(int pid, int number) {
        SyscallNumbers numbers = SyscallNumbers.ofArchitecture(System.getProperty("os.arch"));
        long pidfd = LinuxCalls.syscall(numbers.pidfdOpen(), pid, 0, 0, 0, 0, 0);
        try {
            long fd = LinuxCalls.syscall(numbers.pidfdGetfd(), pidfd, number, 0, 0, 0, 0);
            LinuxException.check(fd, "pidfd_getfd", "fd=%d", number);
            LinuxCalls.close((int) fd);
        } finally {
            LinuxCalls.close((int) pidfd);
        }
    }

    private static void read(int pid, String name, long offset) throws IOException {
        try (FileChannel file = FileChannel.open(Path.of("/proc/" + pid + "/" + name))) {
            file.read(java.nio.ByteBuffer.allocate(8), offset);
        }
    }

    private static void clearRefs(int pid) throws IOException {
        Files.writeString(Path.of("/proc/" + pid + "/clear_refs"), "1", StandardOpenOption.WRITE);
    }
}
