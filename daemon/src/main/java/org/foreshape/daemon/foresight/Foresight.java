package org.foreshape.daemon.foresight;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.foreshape.daemon.hands.Chore;
import org.foreshape.inference.horizon.HorizonMap;
import org.foreshape.inference.horizon.LiveTask;
import org.foreshape.inference.horizon.TaskBook;
import org.foreshape.inference.task.Recurrences;
import org.foreshape.inference.task.StartForecast;
import org.foreshape.inference.task.StartSimulation;
import org.foreshape.ring.DistinctErrors;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.TaskState;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.stage.Learner;
import org.jspecify.annotations.Nullable;

/**
 * Looks ahead beside the engine, on a thread of its own at low rate. What it foresees enters the
 * ring as events about tasks, so that a replay needs none of it: RESCHEDULED for a task that waits
 * for others, with the time before which it starts in one of ten simulated cases; ANTICIPATED for
 * one that recurs and that nobody has announced, WITHDRAWN when it is announced or does not come.
 */
public final class Foresight implements Learner, AutoCloseable {
    private static final long PERIOD_NS = 1_000_000_000L;
    private static final int PERIODS_PER_LOOK = 10;
    private static final int DRAWS = 200;

    /** One start in ten comes earlier than the engine is told. */
    private static final double EARLY = .1;

    private static final double CHANCE_MIN = .5;

    /** Anticipated starts are told so long before; the engine looks at no later ones. */
    private static final long AHEAD_NS = Horizon.MINUTES_15.durationNs() + 300_000_000_000L;

    /** An expected time that moved by less is not told again. */
    private static final long MOVE_NS_MIN = 5_000_000_000L;

    private static final double MOVE_SHARE = .05;

    private final TaskEvents events;
    private final Supplier<Map<Integer, TaskBook.Seat>> vms;
    private final Consumer<Tick> latest;
    private final Tick sample;
    private final TaskBook book;
    private final Chore chore;
    private final Map<String, Long> told = new HashMap<>();
    private final Set<String> anticipated = new HashSet<>();
    private @Nullable EventPublisher publisher;
    private long lookNanoTime = System.nanoTime() - PERIOD_NS;
    private long lookNs;
    private EngineClock clock = EngineClock.wall();

    /**
     * One that does not look yet.
     *
     * @param past what the journal told of tasks; it belongs to this from now on
     * @param vms the VMs that are there, by slot
     * @param sample an event with room for the engine's samples
     * @param latest copies the engine's latest sample into it; leaves it empty before the first
     * @param errors takes what fails
     */
    public Foresight(
            TaskBook past,
            Supplier<Map<Integer, TaskBook.Seat>> vms,
            Tick sample,
            Consumer<Tick> latest,
            DistinctErrors errors) {
        this.book = past;
        this.vms = vms;
        this.sample = sample;
        this.latest = latest;
        this.chore = new Chore("foreshape-foresight", PERIOD_NS, this::turn, errors);
        this.events = new TaskEvents(sample.vmCountMax, chore::hasten);
    }

    /** Starts the thread; the ring must take events. */
    public synchronized void start(EventPublisher ring, EngineClock engineClock) {
        publisher = ring;
        clock = engineClock;
        chore.start();
    }

    @Override
    public void learn(Tick tick) {
        events.learn(tick);
    }

    /** Events that told of tasks and found no room: the map may lack those tasks. */
    public long droppedCount() {
        return events.droppedCount();
    }

    /** The map as of the latest sample. Any thread but the engine's; it may take some 10 ms. */
    public synchronized HorizonMap map() {
        hear();
        latest.accept(sample);
        return HorizonMap.of(book, sample);
    }

    /** The thread's turn: it always hears, but takes at most a tenth of its time to look. */
    private synchronized void turn() {
        hear();
        long startNs = System.nanoTime();
        if (startNs - lookNanoTime >= Math.max(PERIOD_NS, PERIODS_PER_LOOK * lookNs)) {
            round();
            lookNanoTime = startNs;
            lookNs = System.nanoTime() - startNs;
        }
    }

    /** Looks once. */
    synchronized void round() {
        hear();
        EventPublisher ring = publisher;
        if (ring == null) {
            return;
        }
        long nowNs = clock.timeNs();
        List<LiveTask> live = book.live(nowNs);
        told.keySet().removeIf(id -> !book.isLive(id) && !anticipated.contains(id));
        if (!live.isEmpty()) {
            reschedule(ring, live, nowNs);
        }
        anticipate(ring, live, nowNs);
    }

    private void hear() {
        // Before: a start counts for its VM's name. After: VMs that are gone have no tasks.
        book.setVms(vms.get());
        if (events.drain(book::take)) {
            book.setVms(vms.get());
        }
    }

    private void reschedule(EventPublisher ring, List<LiveTask> live, long nowNs) {
        StartSimulation starts =
                StartSimulation.run(
                        live.stream().map(LiveTask::planned).toList(),
                        book.known(),
                        nowNs,
                        DRAWS,
                        book.newestSequence());
        for (LiveTask task : live) {
            boolean waits = task.dependencies().stream().anyMatch(book::isLive);
            if (task.isRunning()
                    || task.anticipated()
                    || task.slot() < 0
                    || !(waits || told.containsKey(task.id()))) {
                continue;
            }
            starts.find(task.id()).ifPresent(start -> move(ring, task, start, nowNs));
        }
    }

    private void move(EventPublisher ring, LiveTask task, StartForecast start, long nowNs) {
        long expectedNs = start.startNs(EARLY);
        long beforeNs = told.getOrDefault(task.id(), task.plannedStartNs());
        if (isSame(expectedNs, beforeNs, nowNs)) {
            return;
        }
        told.put(task.id(), expectedNs);
        ring.publish(tick -> {
            fill(tick, TaskState.RESCHEDULED, task.id(), task.type(), expectedNs);
            tick.task.vmSlot = task.slot();
            tick.task.vmGeneration = task.generation();
        });
    }

    private static boolean isSame(long expectedNs, long beforeNs, long nowNs) {
        double slackNs = Math.max(MOVE_NS_MIN, MOVE_SHARE * Math.abs(expectedNs - nowNs));
        return Math.abs(expectedNs - beforeNs) <= slackNs;
    }

    private void anticipate(EventPublisher ring, List<LiveTask> live, long nowNs) {
        Set<String> wanted = new HashSet<>();
        for (Recurrences.Expected one : book.recurrences().all(nowNs)) {
            int slot = book.slotOf(one.vm());
            if (slot < 0
                    || one.next().chance() < CHANCE_MIN
                    || one.next().earliestNs() - nowNs > AHEAD_NS
                    || one.next().latestNs() < nowNs
                    || isAnnounced(live, one.type(), slot)) {
                continue;
            }
            String id = "again:" + one.type() + "@" + slot;
            wanted.add(id);
            long expectedNs = Math.max(nowNs, one.next().earliestNs());
            if (anticipated.add(id)
                    || !isSame(expectedNs, told.getOrDefault(id, Long.MIN_VALUE / 2), nowNs)) {
                told.put(id, expectedNs);
                int generation = book.generationOf(slot);
                ring.publish(tick -> {
                    fill(tick, TaskState.ANTICIPATED, id, one.type(), expectedNs);
                    tick.task.vmSlot = slot;
                    tick.task.vmGeneration = generation;
                });
            }
        }
        anticipated.removeIf(id -> {
            if (wanted.contains(id)) {
                return false;
            }
            told.remove(id);
            ring.publish(tick -> fill(tick, TaskState.WITHDRAWN, id, "", 0));
            return true;
        });
    }

    private static boolean isAnnounced(List<LiveTask> live, String type, int slot) {
        return live.stream()
                .anyMatch(task ->
                        !task.anticipated()
                                && !task.isRunning()
                                && task.slot() == slot
                                && task.type().equals(type));
    }

    private void fill(Tick tick, TaskState state, String id, String type, long startNs) {
        tick.begin(EventKind.TASK, clock.timeNs());
        tick.task.state = state;
        tick.task.id.set(id);
        tick.task.type.set(type);
        tick.task.plannedStartTimeNs = startNs;
    }

    /** Ends the thread. Idempotent. */
    @Override
    public void close() {
        chore.close();
    }
}
