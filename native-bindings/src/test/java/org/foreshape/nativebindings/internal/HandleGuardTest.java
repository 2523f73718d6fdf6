package org.foreshape.nativebindings.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HandleGuardTest {
    private final AtomicInteger freed = new AtomicInteger();
    private final HandleGuard guard = new HandleGuard("thing", freed::incrementAndGet);

    @Test
    void shouldFreeAtOnceWhenNobodyUsesIt() {
        guard.close();
        guard.close();
        assertThat(freed).hasValue(1);
        assertThat(guard.isClosed()).isTrue();
        assertThat(guard.tryAcquire()).isFalse();
        assertThatThrownBy(guard::acquire)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("thing is closed");
    }

    @Test
    void shouldFreeWithTheLastReleaseAfterClose() {
        guard.acquire();
        guard.acquire();
        guard.close();
        assertThat(freed).hasValue(0);
        guard.release();
        assertThat(freed).hasValue(0);
        guard.release();
        assertThat(freed).hasValue(1);
        guard.close();
        assertThat(freed).hasValue(1);
    }

    @Test
    void shouldFreeOnceAndNeverUnderAUser() throws Exception {
        for (int round = 0; round < 100; round++) {
            AtomicInteger frees = new AtomicInteger();
            AtomicInteger usesAfterFree = new AtomicInteger();
            HandleGuard contended = new HandleGuard("contended", frees::incrementAndGet);
            CyclicBarrier start = new CyclicBarrier(3);
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 2; t++) {
                threads.add(
                        Thread.ofPlatform()
                                .start(() -> {
                                    await(start);
                                    while (contended.tryAcquire()) {
                                        usesAfterFree.addAndGet(frees.get());
                                        contended.release();
                                    }
                                }));
            }
            await(start);
            contended.close();
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(frees).hasValue(1);
            assertThat(usesAfterFree).hasValue(0);
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (InterruptedException | java.util.concurrent.BrokenBarrierException broken) {
            throw new IllegalStateException(broken);
        }
    }
}
