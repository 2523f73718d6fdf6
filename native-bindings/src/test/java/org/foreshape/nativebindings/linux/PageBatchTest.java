package org.foreshape.nativebindings.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PageBatchTest {
    private static final long PAGE_BYTES = 4096;

    @Test
    void shouldTellWhereOwnPagesLieAndWhichAreNotThere() {
        try (Arena arena = Arena.ofConfined();
                PageBatch batch = PageBatch.allocate(4)) {
            MemorySegment memory = arena.allocate(4 * PAGE_BYTES, PAGE_BYTES);
            memory.fill((byte) 1);
            batch.fill(memory.address(), 4, PAGE_BYTES);
            batch.query(null);
            for (int page = 0; page < 4; page++) {
                assertThat(batch.status(page)).isNotNegative();
                assertThat(batch.address(page)).isEqualTo(memory.address() + page * PAGE_BYTES);
            }
            batch.clear();
            batch.add(PAGE_BYTES, 0);
            batch.query(null);
            assertThat(batch.status(0)).isIn(-Errno.EFAULT, -Errno.ENOENT);
        }
    }

    @Test
    void shouldMoveToTheNodeWhereThePagesAre() {
        try (Arena arena = Arena.ofConfined();
                PageBatch batch = PageBatch.allocate(2);
                RemoteProcess self = RemoteProcess.open((int) ProcessHandle.current().pid())) {
            MemorySegment memory = arena.allocate(2 * PAGE_BYTES, PAGE_BYTES);
            memory.fill((byte) 1);
            batch.fill(memory.address(), 2, PAGE_BYTES);
            batch.query(self);
            int node = batch.status(0);
            batch.fill(memory.address(), 2, PAGE_BYTES, node);
            batch.move(self, false);
            assertThat(batch.status(0)).isEqualTo(node);
        }
    }

    @Test
    void shouldSayWhenANodeIsAbsentAndLeaveTheStatusUntold() {
        try (Arena arena = Arena.ofConfined();
                PageBatch batch = PageBatch.allocate(1)) {
            MemorySegment memory = arena.allocate(PAGE_BYTES, PAGE_BYTES);
            memory.fill((byte) 1);
            batch.add(memory.address(), 999);
            assertThatThrownBy(() -> batch.move(null, false))
                    .isInstanceOfSatisfying(
                            LinuxException.class,
                            failure -> assertThat(failure.symbol()).isIn("ENODEV", "EINVAL"));
            assertThat(batch.status(0)).isEqualTo(PageBatch.UNTOLD);
        }
    }

    @Test
    void shouldSayWhenTheProcessEnded() throws Exception {
        Process child = new ProcessBuilder("sleep", "100").start();
        try (RemoteProcess process = RemoteProcess.open((int) child.pid());
                PageBatch batch = PageBatch.allocate(1)) {
            batch.add(PAGE_BYTES, 0);
            child.destroyForcibly();
            assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThatThrownBy(() -> batch.query(process))
                    .isInstanceOfSatisfying(
                            LinuxException.class,
                            failure -> assertThat(failure.errno()).isEqualTo(Errno.ESRCH));
            assertThat(process.tryAdvise(PAGE_BYTES, PAGE_BYTES, MemoryAdvice.COLD))
                    .isEqualTo(-Errno.ESRCH);
        } finally {
            child.destroyForcibly();
        }
    }

    @Test
    void shouldRefuseToOverflowAndToWorkOnceClosed() {
        PageBatch batch = PageBatch.allocate(1);
        batch.add(PAGE_BYTES, 0);
        assertThatThrownBy(() -> batch.add(PAGE_BYTES, 0))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> batch.status(1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> batch.fill(0, 2, PAGE_BYTES))
                .isInstanceOf(IllegalArgumentException.class);
        batch.close();
        batch.close();
        assertThatThrownBy(() -> batch.query(null)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> PageBatch.allocate(0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldTieThisThreadAndReadItBack() throws Exception {
        Thread own =
                Thread.ofPlatform()
                        .start(() -> {
                            BitSet before = ThreadAffinity.get(0);
                            var first = new BitSet();
                            first.set(before.nextSetBit(0));
                            ThreadAffinity.set(0, first);
                            assertThat(ThreadAffinity.get(0)).isEqualTo(first);
                            ThreadAffinity.set(0, before);
                        });
        own.join();
        assertThatThrownBy(() -> ThreadAffinity.set(0, new BitSet()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ThreadAffinity.get(1 << 22))
                .isInstanceOfSatisfying(
                        LinuxException.class,
                        failure -> assertThat(failure.symbol()).isIn("ESRCH", "EINVAL"));
    }
}
