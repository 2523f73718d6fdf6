package org.foreshape.nativebindings.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class RemoteProcessTest {
    private static final int PID_ABOVE_ALL = 1 << 22;

    @Test
    void shouldSayWhenThereIsNoSuchProcess() {
        assertThatThrownBy(() -> RemoteProcess.open(PID_ABOVE_ALL))
                .isInstanceOfSatisfying(
                        LinuxException.class,
                        failure -> {
                            assertThat(failure.symbol()).isIn("ESRCH", "EINVAL");
                            assertThat(failure.arguments()).isEqualTo("pid=" + PID_ABOVE_ALL);
                        });
        assertThatThrownBy(() -> RemoteProcess.open(0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldRefuseEveryCallOnAProcessThatEnded() throws Exception {
        Process child = new ProcessBuilder("sleep", "100").start();
        try (RemoteProcess process = RemoteProcess.open((int) child.pid());
                Arena arena = Arena.ofConfined()) {
            assertThat(process.isAlive()).isTrue();
            process.sendSignal(9);
            assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();

            assertThat(process.isAlive()).isFalse();
            MemorySegment into = arena.allocate(8);
            assertEsrch(() -> process.readMemory(4096, into));
            assertEsrch(() -> process.advise(4096, 4096, MemoryAdvice.COLD));
            assertEsrch(() -> process.sendSignal(15));
            assertEsrch(() -> process.movePages(new long[] {4096}, null, new int[1], false));
        } finally {
            child.destroyForcibly();
        }
    }

    @Test
    void shouldReadMemoryAndSayWhenItIsNotMapped() {
        withSelf(self -> {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment from = arena.allocateFrom("what a guest holds");
                MemorySegment into = arena.allocate(from.byteSize());
                assertThat(self.readMemory(from.address(), into)).isEqualTo(from.byteSize());
                assertThat(into.getString(0)).isEqualTo("what a guest holds");
                assertThatThrownBy(() -> self.readMemory(4096, into))
                        .isInstanceOfSatisfying(
                                LinuxException.class,
                                failure -> assertThat(failure.symbol()).isEqualTo("EFAULT"));
                assertThatThrownBy(() -> self.readMemory(4096, MemorySegment.ofArray(new byte[8])))
                        .isInstanceOf(IllegalArgumentException.class);
            }
        });
    }

    @Test
    void shouldAdviseMemoryOfAProcess() {
        withSelf(self -> {
            try (MappedMemory memory = MappedMemory.create("guest", 1 << 20)) {
                memory.populate(0, 1 << 20);
                assertThat(self.advise(memory.segment().address(), 1 << 20, MemoryAdvice.COLD))
                        .isEqualTo(1 << 20);
                assertThatThrownBy(
                                () -> self.advise(memory.segment().address(), 0, MemoryAdvice.COLD))
                        .isInstanceOf(IllegalArgumentException.class);
            }
        });
    }

    @Test
    void shouldTellTheNodeOfEachPage() {
        withSelf(self -> {
            try (MappedMemory memory = MappedMemory.create("guest", 8192)) {
                memory.populate(0, 4096);
                long address = memory.segment().address();
                int[] status = {99, 99};
                self.movePages(new long[] {address, address + 4096}, null, status, false);
                assertThat(status[0]).isNotNegative();
                assertThat(status[1]).as("a page never touched").isNegative();
            }
            assertThatThrownBy(() -> self.movePages(new long[2], null, new int[1], false))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> self.movePages(new long[1], new int[2], new int[1], false))
                    .isInstanceOf(IllegalArgumentException.class);
        });
    }

    @Test
    void shouldRefuseCallsAfterClose() {
        RemoteProcess self = RemoteProcess.open(LinuxMemory.processId());
        self.close();
        self.close();
        assertThatThrownBy(self::isAlive)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed");
    }

    private static void withSelf(Consumer<RemoteProcess> test) {
        try (RemoteProcess self = RemoteProcess.open(LinuxMemory.processId())) {
            test.accept(self);
        }
    }

    private static void assertEsrch(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        LinuxException.class,
                        failure -> assertThat(failure.symbol()).isEqualTo("ESRCH"));
    }
}
