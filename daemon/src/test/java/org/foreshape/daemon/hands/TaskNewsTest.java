package org.foreshape.daemon.hands;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.TaskState;
import org.foreshape.ring.event.Tick;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TaskNewsTest {
    private static final int ROOM = 256;

    private final Tick tick = new Tick(1);
    private int woken;
    private final TaskNews news = new TaskNews(() -> woken++);

    private void tell(String id, TaskState state, int slot) {
        tick.begin(EventKind.TASK, 7);
        tick.task.id.set(id);
        tick.task.type.set("build");
        tick.task.state = state;
        tick.task.vmSlot = slot;
        tick.task.vmGeneration = 3;
        tick.task.plannedStartTimeNs = 99;
        news.learn(tick);
    }

    @Test
    void shouldHandOverInOrder() {
        tell("a", TaskState.ANNOUNCED, 2);
        tell("b", TaskState.STARTED, -1);
        tick.begin(EventKind.SAMPLE, 8);
        news.learn(tick);
        assertThat(news.poll())
                .isEqualTo(new TaskNews.News(TaskState.ANNOUNCED, "a", "build", 2, 3, 99));
        assertThat(news.poll())
                .isEqualTo(new TaskNews.News(TaskState.STARTED, "b", "build", -1, 3, 99));
        assertThat(news.poll()).isNull();
        assertThat(woken).isEqualTo(2);
    }

    @Test
    void shouldDropAndCountWhatFindsNoRoom() {
        for (int i = 0; i < ROOM + 10; i++) {
            tell("t" + i, TaskState.ANNOUNCED, 0);
        }
        assertThat(news.droppedCount()).isEqualTo(10);
        TaskNews.News first = news.poll();
        assertThat(first).isNotNull();
        assertThat(first.id()).isEqualTo("t0");
        tell("late", TaskState.ANNOUNCED, 0);
        String last = "";
        for (TaskNews.News one = news.poll(); one != null; one = news.poll()) {
            last = one.id();
        }
        assertThat(last).isEqualTo("late");
    }

    @Test
    void shouldTakeNewsInWithoutGarbage() {
        tell("a", TaskState.ANNOUNCED, 2);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 50; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < ROOM / 2; i++) {
                news.learn(tick);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            for (TaskNews.News one = news.poll(); one != null; ) {
                one = news.poll();
            }
        }
        assertThat(least).isZero();
    }
}
