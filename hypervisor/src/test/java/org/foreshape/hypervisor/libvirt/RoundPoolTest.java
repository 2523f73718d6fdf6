package org.foreshape.hypervisor.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.foreshape.hypervisor.Threads;
import org.foreshape.ring.DistinctErrors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Rounds on their schedules, and those that hang. */
@Timeout(60)
final class RoundPoolTest {
    private static final long DEADLINE_NS = 50_000_000;
    private static final long STEP_NS = 5_000_000;

    private final Set<Thread> before = Threads.alive();
    private final DistinctErrors errors = new DistinctErrors();
    private final RoundPool pool = new RoundPool(2, 4, DEADLINE_NS, errors);
    private final CountDownLatch release = new CountDownLatch(1);

    @AfterEach
    void leaveNoThread() {
        release.countDown();
        pool.close();
        assertThat(Threads.left(before)).isEmpty();
    }

    @Test
    void shouldRunEachRoundAgainWhenItIsDue() throws Exception {
        Semaphore slow = new Semaphore(0);
        Semaphore fast = new Semaphore(0);
        pool.start();
        pool.add(() -> again(slow, 4 * STEP_NS), 0);
        pool.add(() -> again(fast, STEP_NS), 0);

        assertThat(fast.tryAcquire(12, 30, TimeUnit.SECONDS)).isTrue();
        assertThat(slow.tryAcquire(3, 30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void shouldServeAnEarlierTimeThanTheOneThatIsWaitedFor() throws Exception {
        Semaphore ran = new Semaphore(0);
        pool.start();
        pool.add(() -> RoundPool.NEVER, pool.nowNs() + TimeUnit.HOURS.toNanos(1));
        RoundPool.Entry resting = pool.add(() -> again(ran, TimeUnit.HOURS.toNanos(1)), 0);
        assertThat(ran.tryAcquire(30, TimeUnit.SECONDS)).isTrue();

        pool.hasten(resting, pool.nowNs());

        assertThat(ran.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void shouldKeepAWishToHastenThatComesWhileTheRoundRuns() throws Exception {
        Semaphore ran = new Semaphore(0);
        CountDownLatch inside = new CountDownLatch(1);
        pool.start();
        RoundPool.Entry entry =
                pool.add(
                        () -> {
                            ran.release();
                            inside.countDown();
                            await(release);
                            return RoundPool.NEVER;
                        },
                        0);
        assertThat(inside.await(30, TimeUnit.SECONDS)).isTrue();
        pool.hasten(entry, pool.nowNs());
        release.countDown();

        assertThat(ran.tryAcquire(2, 30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void shouldReplaceThreadsThatHangUpToTheBoundAndEndThemAfterwards() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        Semaphore ran = new Semaphore(0);
        pool.start();
        for (int i = 0; i < 3; i++) {
            pool.add(
                    () -> {
                        inside.incrementAndGet();
                        await(release);
                        return RoundPool.NEVER;
                    },
                    0);
        }
        superviseUntil(3);
        assertThat(inside.get()).isEqualTo(3);

        pool.add(() -> again(ran, STEP_NS), 0);
        assertThat(ran.tryAcquire(3, 30, TimeUnit.SECONDS)).as("the fourth serves").isTrue();

        release.countDown();
        superviseUntil(0);
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (Threads.since(before).size() > 2 && System.nanoTime() < endNs) {
            Thread.sleep(5);
        }
        assertThat(Threads.since(before)).as("those one too many have ended").hasSize(2);
    }

    @Test
    void shouldTryARoundThatThrowsAgainAndRecordIt() throws Exception {
        Semaphore ran = new Semaphore(0);
        pool.start();
        RoundPool.Entry entry =
                pool.add(
                        () -> {
                            ran.release();
                            throw new IllegalArgumentException("meant for the test");
                        },
                        0);
        assertThat(ran.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
        pool.hasten(entry, pool.nowNs());

        assertThat(ran.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
        assertThat(errors.list()).extracting(DistinctErrors.Entry::where).contains("libvirt round");
    }

    @Test
    void shouldCloseWhileARoundHangs() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        pool.start();
        pool.add(
                () -> {
                    inside.countDown();
                    await(release);
                    return RoundPool.NEVER;
                },
                0);
        assertThat(inside.await(30, TimeUnit.SECONDS)).isTrue();

        pool.close();

        assertThat(Threads.since(before)).as("only the one that hangs is left").hasSize(1);
    }

    private long again(Semaphore ran, long stepNs) {
        ran.release();
        return pool.nowNs() + stepNs;
    }

    private void superviseUntil(int hungCount) throws InterruptedException {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (pool.hungCount() != hungCount && System.nanoTime() < endNs) {
            pool.supervise();
            Thread.sleep(5);
        }
        assertThat(pool.hungCount()).isEqualTo(hungCount);
    }

    private static void await(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
