package org.foreshape.daemon.foresight;

import java.util.function.BiConsumer;
import org.foreshape.inference.horizon.Amounts;
import org.foreshape.inference.horizon.Used;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.LearntKind;
import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.stage.Learner;

/**
 * Events that tell of tasks, handed from the engine's thread to one reader: of kind TASK, parts of
 * what was learnt of types, and the start of the run. The engine copies into entries that lie
 * ready, and never waits: what finds no room is dropped and counted.
 *
 * <p>One writer, one reader: each counter is written by one of them, and its volatile write
 * publishes the entry before it.
 */
final class TaskEvents implements Learner {
    private static final int ROOM = 256;
    private static final Resource[] RESOURCES = Resource.values();

    private final Tick[] entries = new Tick[ROOM];
    private final long[] usedBefore = new long[ROOM * Resource.COUNT];
    private final Used used;
    private final Runnable onEvent;
    private volatile long written;
    private volatile long read;
    private volatile long dropped;

    /**
     * Without any events.
     *
     * @param vmCountMax most VMs
     * @param onEvent run on the engine's thread after each of them: it must neither wait nor
     *     allocate
     */
    TaskEvents(int vmCountMax, Runnable onEvent) {
        this.used = new Used(vmCountMax);
        this.onEvent = onEvent;
        for (int k = 0; k < ROOM; k++) {
            entries[k] = new Tick(1);
        }
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // One thread writes, the other only reads.
    public void learn(Tick tick) {
        used.see(tick);
        if (!tells(tick)) {
            return;
        }
        if (written - read == ROOM) {
            dropped++;
            return;
        }
        int at = (int) (written % ROOM);
        copy(tick, entries[at]);
        if (tick.kind == EventKind.TASK) {
            for (Resource resource : RESOURCES) {
                usedBefore[at * Resource.COUNT + resource.ordinal()] =
                        used.of(tick.task.vmSlot, resource);
            }
        }
        written++;
        onEvent.run();
    }

    private static boolean tells(Tick tick) {
        return tick.kind == EventKind.TASK
                || tick.learnt.kind == LearntKind.ESTIMATOR
                || (tick.kind == EventKind.CONTROL
                        && tick.control.kind == ControlKind.ENGINE_STARTED);
    }

    /** What the reader needs of it; a sample's figures are not. */
    private static void copy(Tick from, Tick to) {
        to.kind = from.kind;
        to.timeNs = from.timeNs;
        to.sequence = from.sequence;
        to.control.kind = from.control.kind;
        to.learnt.clear();
        if (from.learnt.kind == LearntKind.ESTIMATOR) {
            to.learnt.copyFrom(from.learnt);
        }
        if (from.kind == EventKind.TASK) {
            to.task.copyFrom(from.task);
        }
    }

    /**
     * Shows the reader all that came since it last looked. The reader's thread only.
     *
     * @param reader gets each event, and what its VM used before it; it may not keep the event
     * @return whether there was any
     */
    @SuppressWarnings("NonAtomicVolatileUpdate")
    boolean drain(BiConsumer<Tick, Amounts> reader) {
        boolean any = false;
        while (read < written) {
            int at = (int) (read % ROOM);
            int first = at * Resource.COUNT;
            reader.accept(
                    entries[at],
                    new Amounts(usedBefore[first], usedBefore[first + 1], usedBefore[first + 2]));
            read++;
            any = true;
        }
        return any;
    }

    /** Events that found no room. */
    long droppedCount() {
        return dropped;
    }
}
