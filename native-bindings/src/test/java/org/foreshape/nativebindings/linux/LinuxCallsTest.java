package org.foreshape.nativebindings.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.foreshape.nativebindings.NativeUnavailableException;
import org.junit.jupiter.api.Test;

class LinuxCallsTest {
    @Test
    void shouldReturnTheNegatedErrno() {
        assertThat(LinuxCalls.ftruncate(-1, 0)).isEqualTo(-Errno.EBADF);
        assertThat(LinuxCalls.close(-1)).isEqualTo(-Errno.EBADF);
        assertThat(LinuxCalls.posixFallocate(-1, 0, 1)).isEqualTo(-Errno.EBADF);
        assertThat(LinuxCalls.mmap(0, 3, 1, -1, 0)).isNegative();
        try (Arena call = Arena.ofConfined()) {
            assertThat(LinuxCalls.open(call.allocateFrom("/no/such/file"), 0, 0))
                    .isEqualTo(-Errno.ENOENT);
        }
        assertThat(LinuxCalls.madvise(4096, 4096, 23)).isEqualTo(-Errno.ENOMEM);
        assertThat(LinuxCalls.syscall(100_000, 0, 0, 0, 0, 0, 0)).isEqualTo(-Errno.ENOSYS);
    }

    @Test
    void shouldNameTheCallItsArgumentsTheErrorAndTheCure() {
        LinuxException failure =
                LinuxException.of(-Errno.EBADF, "fallocate", "fd=%d, offset=%d", 7, 4096L);
        assertThat(failure.call()).isEqualTo("fallocate");
        assertThat(failure.arguments()).isEqualTo("fd=7, offset=4096");
        assertThat(failure.errno()).isEqualTo(9);
        assertThat(failure.symbol()).isEqualTo("EBADF");
        assertThat(failure)
                .hasMessage(
                        "fallocate(fd=7, offset=4096) failed: EBADF (9, Bad file descriptor). The file"
                                + " descriptor is closed or does not allow this call.");
    }

    @Test
    void shouldNameErrorsAsTheKernelDoes() {
        assertThat(Errno.symbol(1)).isEqualTo("EPERM");
        assertThat(Errno.symbol(3)).isEqualTo("ESRCH");
        assertThat(Errno.symbol(22)).isEqualTo("EINVAL");
        assertThat(Errno.symbol(38)).isEqualTo("ENOSYS");
        assertThat(Errno.symbol(40)).isEqualTo("ELOOP");
        assertThat(Errno.symbol(95)).isEqualTo("EOPNOTSUPP");
        assertThat(Errno.symbol(4711)).isEqualTo("errno 4711");
        assertThat(Errno.symbol(0)).isEqualTo("errno 0");
    }

    @Test
    void shouldKeepErrnoOfEachThreadApart() throws Exception {
        int threadCount = 4;
        CyclicBarrier start = new CyclicBarrier(threadCount);
        try (var threads = Executors.newFixedThreadPool(threadCount)) {
            @SuppressWarnings({
                "unchecked",
                "rawtypes"
            }) // Java has no other way to make this array.
            Future<Boolean>[] results = new Future[threadCount];
            for (int i = 0; i < threadCount; i++) {
                boolean badFile = i % 2 == 0;
                Callable<Boolean> calls =
                        () -> {
                            start.await();
                            boolean right = true;
                            for (int round = 0; round < 20_000; round++) {
                                right &=
                                        badFile
                                                ? LinuxCalls.close(-1) == -Errno.EBADF
                                                : LinuxCalls.madvise(4096, 4096, 23)
                                                        == -Errno.ENOMEM;
                            }
                            return right;
                        };
                results[i] = threads.submit(calls);
            }
            for (Future<Boolean> result : results) {
                assertThat(result.get()).isTrue();
            }
        }
    }

    @Test
    void shouldRefuseAnUnknownMachine() {
        assertThatThrownBy(() -> SyscallNumbers.ofArchitecture("riscv64"))
                .isInstanceOf(NativeUnavailableException.class)
                .hasMessageContaining("riscv64");
        assertThat(SyscallNumbers.ofArchitecture("aarch64").movePages()).isEqualTo(239);
    }

    @Test
    void shouldRefuseMemoryThatIsNotAPageOfOurs() {
        assertThatThrownBy(() ->
                        LinuxMemory.advise(MemorySegment.ofArray(new byte[8]), MemoryAdvice.COLD))
                .isInstanceOf(IllegalArgumentException.class);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment two = arena.allocate(2 * 4096L, 4096);
            assertThatThrownBy(() -> LinuxMemory.residentBytes(two.asSlice(8)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("start at a page");
        }
    }

    @Test
    void shouldTellPageSizeProcessAndMask() {
        assertThat(LinuxMemory.pageSizeBytes()).isGreaterThanOrEqualTo(4096);
        assertThat(LinuxMemory.processId()).isEqualTo((int) ProcessHandle.current().pid());
        int before = LinuxMemory.setFileCreationMask(0077);
        assertThat(LinuxMemory.setFileCreationMask(before)).isEqualTo(0077);
        assertThatThrownBy(() -> LinuxMemory.setFileCreationMask(01000))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
