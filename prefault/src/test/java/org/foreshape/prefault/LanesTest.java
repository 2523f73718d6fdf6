package org.foreshape.prefault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The threads of one act. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class LanesTest {
    @Test
    void shouldRunEachBatchOnceOnEveryLane() {
        AtomicIntegerArray runs = new AtomicIntegerArray(3);
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        try (Lanes lanes = new Lanes(3)) {
            assertThat(lanes.count()).isEqualTo(3);
            for (int batch = 1; batch <= 5_000; batch++) {
                lanes.run(lane -> {
                    runs.incrementAndGet(lane);
                    threads.add(Thread.currentThread());
                });
                for (int lane = 0; lane < 3; lane++) {
                    assertThat(runs.get(lane)).isEqualTo(batch);
                }
            }
        }
        assertThat(threads).hasSize(3).contains(Thread.currentThread());
        threads.remove(Thread.currentThread());
        assertThat(threads).noneMatch(Thread::isAlive);
    }

    @Test
    void shouldStartNoThreadForOneLane() {
        Thread[] by = {null};
        try (Lanes lanes = new Lanes(1)) {
            lanes.run(lane -> by[lane] = Thread.currentThread());
        }
        assertThat(by[0]).isSameAs(Thread.currentThread());
    }

    @Test
    void shouldTellWhatAHelperThrewOnceAllAreDone() {
        CountDownLatch thrown = new CountDownLatch(1);
        try (Lanes lanes = new Lanes(2)) {
            assertThatThrownBy(() ->
                            lanes.run(lane -> {
                                if (lane == 1) {
                                    thrown.countDown();
                                    throw new IllegalArgumentException("the cause");
                                }
                            }))
                    .hasRootCauseMessage("the cause");
        }
        assertThat(thrown.getCount()).isZero();
    }

    @Test
    void shouldFinishTheBatchOfAnInterruptedThreadAndKeepTheInterrupt() throws Exception {
        boolean[] seen = new boolean[2];
        Thread act =
                Thread.ofPlatform()
                        .start(() -> {
                            try (Lanes lanes = new Lanes(2)) {
                                Thread.currentThread().interrupt();
                                lanes.run(lane -> seen[lane] = true);
                                seen[0] &= Thread.currentThread().isInterrupted();
                            }
                        });
        act.join();
        assertThat(seen).containsExactly(true, true);
    }
}
