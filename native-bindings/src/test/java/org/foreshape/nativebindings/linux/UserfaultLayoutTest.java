package org.foreshape.nativebindings.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Offsets and constants of userfaultfd and of unix sockets are what the C compiler says. */
class UserfaultLayoutTest {
    private static final List<String> HEADERS =
            List.of(
                    "stddef.h",
                    "fcntl.h",
                    "poll.h",
                    "sys/eventfd.h",
                    "sys/ioctl.h",
                    "sys/mman.h",
                    "sys/socket.h",
                    "sys/syscall.h",
                    "sys/un.h",
                    "linux/userfaultfd.h");

    private final List<String> expressions = new ArrayList<>();
    private final List<Long> ours = new ArrayList<>();

    @Test
    void shouldAgreeOnUserfaultfd(@TempDir Path folder) throws Exception {
        same("UFFD_API", Userfaultfd.API);
        same("UFFDIO_API", Userfaultfd.UFFDIO_API);
        same("UFFDIO_REGISTER", Userfaultfd.UFFDIO_REGISTER);
        same("UFFDIO_UNREGISTER", Userfaultfd.UFFDIO_UNREGISTER);
        same("UFFDIO_WAKE", Userfaultfd.UFFDIO_WAKE);
        same("UFFDIO_COPY", Userfaultfd.UFFDIO_COPY);
        same("UFFDIO_ZEROPAGE", Userfaultfd.UFFDIO_ZEROPAGE);
        same("UFFDIO_CONTINUE", Userfaultfd.UFFDIO_CONTINUE);
        same("UFFDIO_REGISTER_MODE_MISSING", Userfaultfd.MODE_MISSING);
        same("UFFDIO_REGISTER_MODE_MINOR", Userfaultfd.MODE_MINOR);
        same("UFFD_FEATURE_EVENT_REMOVE", Userfaultfd.FEATURE_EVENT_REMOVE);
        same("UFFD_FEATURE_MINOR_SHMEM", Userfaultfd.FEATURE_MINOR_SHMEM);
        same("O_CLOEXEC | O_NONBLOCK", Userfaultfd.O_CLOEXEC_NONBLOCK);
        same("O_RDWR | O_CLOEXEC", Userfaultfd.O_RDWR_CLOEXEC);
        same("sizeof(struct uffdio_copy)", 40);
        same("offsetof(struct uffdio_copy, src)", 8);
        same("offsetof(struct uffdio_copy, len)", 16);
        same("offsetof(struct uffdio_copy, mode)", 24);
        same("offsetof(struct uffdio_copy, copy)", 32);
        same("offsetof(struct uffdio_zeropage, mode)", 16);
        same("offsetof(struct uffdio_zeropage, zeropage)", 24);
        same("offsetof(struct uffdio_continue, mapped)", 24);
        same("offsetof(struct uffdio_register, mode)", 16);
        same("offsetof(struct uffdio_api, features)", 8);
        same("sizeof(struct uffd_msg)", FaultMessages.MESSAGE_BYTES);
        same("offsetof(struct uffd_msg, arg.pagefault.flags)", 8);
        same("offsetof(struct uffd_msg, arg.pagefault.address)", 16);
        same("offsetof(struct uffd_msg, arg.remove.start)", 8);
        same("offsetof(struct uffd_msg, arg.remove.end)", 16);
        same("offsetof(struct uffd_msg, arg.remap.from)", 8);
        same("offsetof(struct uffd_msg, arg.remap.to)", 16);
        same("offsetof(struct uffd_msg, arg.remap.len)", 24);
        same("offsetof(struct uffd_msg, arg.fork.ufd)", 8);
        same("UFFD_EVENT_PAGEFAULT", FaultMessages.PAGE_FAULT);
        same("UFFD_EVENT_FORK", FaultMessages.FORK);
        same("UFFD_EVENT_REMAP", FaultMessages.REMAP);
        same("UFFD_EVENT_REMOVE", FaultMessages.REMOVE);
        same("UFFD_EVENT_UNMAP", FaultMessages.UNMAP);
        same("UFFD_PAGEFAULT_FLAG_MINOR", FaultMessages.FLAG_MINOR);
        same(
                "SYS_userfaultfd",
                SyscallNumbers.ofArchitecture(System.getProperty("os.arch")).userfaultfd());
        agree(folder);
    }

    @Test
    void shouldAgreeOnMovingPages(@TempDir Path folder) throws Exception {
        assumeTrue(
                headerHas("UFFDIO_MOVE"),
                "skipped: linux/userfaultfd.h is older than Linux 6.8 and has no UFFDIO_MOVE");
        same("UFFDIO_MOVE", Userfaultfd.UFFDIO_MOVE);
        same("UFFD_FEATURE_MOVE", Userfaultfd.FEATURE_MOVE);
        same("USERFAULTFD_IOC_NEW", Userfaultfd.USERFAULTFD_IOC_NEW);
        same("offsetof(struct uffdio_move, move)", 32);
        agree(folder);
    }

    @Test
    void shouldAgreeOnSockets(@TempDir Path folder) throws Exception {
        same("AF_UNIX", UnixSocket.AF_UNIX);
        same("SOCK_STREAM", 1);
        same("SOCK_SEQPACKET", 5);
        same("SOCK_NONBLOCK", UnixSocket.SOCK_NONBLOCK);
        same("SOCK_CLOEXEC", UnixSocket.SOCK_CLOEXEC);
        same("SOL_SOCKET", UnixSocket.SOL_SOCKET);
        same("SCM_RIGHTS", UnixSocket.SCM_RIGHTS);
        same("SO_PEERCRED", UnixSocket.SO_PEERCRED);
        same("MSG_DONTWAIT", UnixSocket.MSG_DONTWAIT);
        same("MSG_CTRUNC", UnixSocket.MSG_CTRUNC);
        same("MSG_NOSIGNAL", UnixSocket.MSG_NOSIGNAL);
        same("MSG_CMSG_CLOEXEC", UnixSocket.MSG_CMSG_CLOEXEC);
        same("sizeof(struct sockaddr_un)", UnixSocket.SOCKADDR_BYTES);
        same("offsetof(struct sockaddr_un, sun_path)", UnixSocket.SUN_PATH_OFFSET);
        same("sizeof(((struct sockaddr_un *)0)->sun_path)", UnixSocket.SUN_PATH_BYTES);
        same("sizeof(struct msghdr)", UnixSocket.MSGHDR_BYTES);
        same("offsetof(struct msghdr, msg_iov)", 16);
        same("offsetof(struct msghdr, msg_iovlen)", 24);
        same("offsetof(struct msghdr, msg_control)", 32);
        same("offsetof(struct msghdr, msg_controllen)", 40);
        same("offsetof(struct msghdr, msg_flags)", 48);
        same("sizeof(struct cmsghdr)", UnixSocket.CMSG_HEADER_BYTES);
        same("offsetof(struct cmsghdr, cmsg_level)", 8);
        same("offsetof(struct cmsghdr, cmsg_type)", 12);
        same("CMSG_LEN(4)", UnixSocket.CMSG_HEADER_BYTES + 4);
        same("sizeof(struct ucred)", 12);
        same("F_DUPFD_CLOEXEC", 1030);
        same("F_GETFL", 3);
        same("F_SETFL", 4);
        same("O_NONBLOCK", 0x800);
        same("EFD_NONBLOCK | EFD_CLOEXEC", 0x800 | 0x80000);
        same("POLLIN", 1);
        same("MAP_PRIVATE | MAP_ANONYMOUS", 0x22);
        agree(folder);
    }

    private void same(String expression, long value) {
        expressions.add(expression);
        ours.add(value);
    }

    private static boolean headerHas(String name) throws IOException {
        Path header = Path.of("/usr/include/linux/userfaultfd.h");
        return Files.isReadable(header) && Files.readString(header).contains(name);
    }

    private void agree(Path folder) throws Exception {
        assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/gcc")),
                "skipped: no gcc (apt-get install gcc libc6-dev)");
        StringBuilder program = new StringBuilder("#define _GNU_SOURCE\n#include <stdio.h>\n");
        HEADERS.forEach(header -> program.append("#include <").append(header).append(">\n"));
        program.append("int main(void) {\n");
        expressions.forEach(expression ->
                program.append("  printf(\"%lld\\n\", (long long)(")
                        .append(expression)
                        .append("));\n"));
        program.append("  return 0;\n}\n");
        Path source = Files.writeString(folder.resolve("ask.c"), program);
        Path binary = folder.resolve("ask");
        run("gcc", "-o", binary.toString(), source.toString());
        List<Long> theirs = run(binary.toString()).lines().map(Long::valueOf).toList();
        assertThat(theirs).as(expressions.toString()).isEqualTo(ours);
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
