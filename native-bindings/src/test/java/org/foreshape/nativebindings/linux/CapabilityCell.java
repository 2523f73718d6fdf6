package org.foreshape.nativebindings.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
            real("migrate_pages", () -> migrateNowhere(pid));
            real("mem", () -> read(pid, "mem", address));
            real("fd", () -> list(Path.of("/proc/" + pid + "/fd")));
            real("kpageflags", () -> read(Path.of("/proc/kpageflags"), 0));
            real("frame_number", () -> requireFrameNumber(pid, address));
        }
        for (ActAvailability answer : ActProbe.ofProcess(pid)) {
            say(
                    "probe",
                    answer.act().name().toLowerCase(Locale.ROOT),
                    answer.available() ? "ok" : answer.text());
        }
        for (ActAvailability answer : ActProbe.ofMachine()) {
            say(
                    "probe",
                    answer.act().name().toLowerCase(Locale.ROOT),
                    answer.available() ? "ok" : answer.text());
        }
    }

    private static void real(MemoryAct act, Act run) {
        real(act.name().toLowerCase(Locale.ROOT), run);
    }

    private static void real(String act, Act run) {
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

    private static void say(String how, String act, String text) {
        System.out.println(how + " " + act + " " + text);
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

    /** From node 0 to node 0. */
    private static void migrateNowhere(int pid) {
        SyscallNumbers numbers = SyscallNumbers.ofArchitecture(System.getProperty("os.arch"));
        try (Arena call = Arena.ofConfined()) {
            MemorySegment nodes = call.allocateFrom(ValueLayout.JAVA_LONG, 1L);
            LinuxException.check(
                    LinuxCalls.syscall(
                            numbers.migratePages(),
                            pid,
                            64,
                            nodes.address(),
                            nodes.address(),
                            0,
                            0),
                    "migrate_pages",
                    "pid=%d",
                    pid);
        }
    }

    private static void list(Path folder) throws IOException {
        try (var entries = Files.newDirectoryStream(folder)) {
            if (!entries.iterator().hasNext()) {
                throw new IOException("empty");
            }
        }
    }

    /** Bits 0 to 54 of a present page; the kernel shows 0 to whoever may not know. */
    private static void requireFrameNumber(int pid, long address) throws IOException {
        ByteBuffer entry =
                read(Path.of("/proc/" + pid + "/pagemap"), address / 4096 * 8)
                        .order(ByteOrder.nativeOrder());
        if (entry.getLong(0) << 9 == 0) {
            throw new IOException(entry.getLong(0) < 0 ? "hidden" : "not present");
        }
    }

    private static void read(int pid, String name, long offset) throws IOException {
        read(Path.of("/proc/" + pid + "/" + name), offset);
    }

    private static ByteBuffer read(Path path, long offset) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(8);
        try (FileChannel file = FileChannel.open(path)) {
            file.read(into, offset);
        }
        return into;
    }

    private static void clearRefs(int pid) throws IOException {
        Files.writeString(Path.of("/proc/" + pid + "/clear_refs"), "1", StandardOpenOption.WRITE);
    }
}
