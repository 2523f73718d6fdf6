package org.foreshape.daemon.hands;

import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.TaskSection;
import org.foreshape.ring.event.TaskState;
import org.foreshape.ring.event.Text;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.stage.Learner;
import org.jspecify.annotations.Nullable;

/**
 * News of tasks, handed from the engine's thread to one reader. The engine copies into entries that
 * lie ready, and never waits: news that finds no room is dropped and counted. Whoever reads may be
 * late; a start is then watched from a little later on.
 *
 * <p>One writer, one reader: each counter is written by one of them, and its volatile write
 * publishes the entry before it.
 */
final class TaskNews implements Learner {
    private static final int ROOM = 256;

    /** News of one task. */
    static final class Entry {
        private final Text id = new Text(TaskSection.ID_BYTES_MAX);
        private final Text type = new Text(TaskSection.TYPE_BYTES_MAX);
        private TaskState state = TaskState.ANNOUNCED;
        private int slot;
        private int generation;
        private long startTimeNs;
    }

    /**
     * What the reader gets.
     *
     * @param slot -1 where the news does not name a VM
     */
    record News(
            TaskState state, String id, String type, int slot, int generation, long startTimeNs) {}

    private final Entry[] entries = new Entry[ROOM];
    private final Runnable onNews;
    private volatile long written;
    private volatile long read;
    private volatile long dropped;

    /** {@code onNews} is run on the engine's thread: it must neither wait nor allocate. */
    TaskNews(Runnable onNews) {
        this.onNews = onNews;
        for (int i = 0; i < ROOM; i++) {
            entries[i] = new Entry();
        }
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // One thread writes, the other only reads.
    public void learn(Tick tick) {
        if (tick.kind != EventKind.TASK) {
            return;
        }
        if (written - read == ROOM) {
            dropped++;
            return;
        }
        TaskSection task = tick.task;
        Entry entry = entries[(int) (written % ROOM)];
        entry.state = task.state;
        entry.id.copyFrom(task.id);
        entry.type.copyFrom(task.type);
        entry.slot = task.vmSlot;
        entry.generation = task.vmGeneration;
        entry.startTimeNs = task.plannedStartTimeNs;
        written++;
        onNews.run();
    }

    /** The oldest news; null when there is none. The reader's thread only. */
    @SuppressWarnings("NonAtomicVolatileUpdate")
    @Nullable News poll() {
        if (read == written) {
            return null;
        }
        Entry entry = entries[(int) (read % ROOM)];
        News news =
                new News(
                        entry.state,
                        entry.id.toString(),
                        entry.type.toString(),
                        entry.slot,
                        entry.generation,
                        entry.startTimeNs);
        read++;
        return news;
    }

    /** News that found no room. */
    long droppedCount() {
        return dropped;
    }
}
