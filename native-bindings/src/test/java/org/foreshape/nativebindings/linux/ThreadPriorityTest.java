package org.foreshape.nativebindings.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ThreadPriorityTest {
    @Test
    void shouldSetTheNiceValueOfOneThreadAlone() throws Exception {
        int mine = ThreadPriority.get();
        // Any user may lower a thread's priority.
        int lower = Math.min(19, mine + 3);
        int seen =
                onThread(
                        Thread.ofPlatform(),
                        () -> {
                            ThreadPriority.set(lower);
                            return ThreadPriority.get();
                        });
        assertThat(seen).isEqualTo(lower);
        assertThat(ThreadPriority.get()).isEqualTo(mine);
    }

    @Test
    void shouldRaiseOrSayWhyNot() throws Exception {
        boolean may = Privileges.ofThisProcess().has(Capability.SYS_NICE);
        Callable<Integer> raise =
                () -> {
                    ThreadPriority.set(-15);
                    return ThreadPriority.get();
                };
        if (may) {
            assertThat(onThread(Thread.ofPlatform(), raise)).isEqualTo(-15);
        } else {
            assertThatThrownBy(() -> onThread(Thread.ofPlatform(), raise))
                    .cause()
                    .isInstanceOf(LinuxException.class)
                    .hasMessageContaining("setpriority")
                    .hasMessageContaining("nice=-15");
        }
    }

    @Test
    void shouldRefuseAVirtualThread() {
        Callable<Integer> set =
                () -> {
                    ThreadPriority.set(0);
                    return 0;
                };
        assertThatThrownBy(() -> onThread(Thread.ofVirtual(), set))
                .cause()
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("platform thread");
    }

    private static int onThread(Thread.Builder thread, Callable<Integer> work) throws Exception {
        FutureTask<Integer> task = new FutureTask<>(work);
        thread.start(task);
        return task.get(20, TimeUnit.SECONDS);
    }
}
