package org.foreshape.inference.horizon;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.foreshape.inference.LearntPast;
import org.foreshape.inference.task.Recurrences;
import org.foreshape.inference.task.StartSimulation;
import org.foreshape.inference.task.TaskMap;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.ControlSection;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.LearntKind;
import org.foreshape.ring.event.TaskSection;
import org.foreshape.ring.event.TaskState;
import org.foreshape.ring.event.Tick;
import org.jspecify.annotations.Nullable;

/**
 * What events have told of tasks: those that have not ended, what is learnt of their types, and
 * what comes again. It follows from events alone, whether they come from the engine or from a
 * journal: of kinds TASK and CONTROL, and those with a part of learnt state; others pass by.
 *
 * <p>What is learnt of types is the estimator's newest whole snapshot in the journal, so at most
 * some 15 s behind the engine. Tasks beyond {@link StartSimulation#TASKS_MAX} are left out and
 * counted. Allocates: any thread but the engine's. One thread at a time.
 */
public final class TaskBook {
    private final Map<String, LiveTask> live = new LinkedHashMap<>();
    private final Map<Integer, Seat> seats = new HashMap<>();
    private final Recurrences recurrences = new Recurrences();
    private final LearntPast learnt = new LearntPast(0, 1);

    /** Null while it must be read from the newest snapshot first. */
    private @Nullable TaskMap known;

    private long newestSequence;
    private long leftOutCount;

    /**
     * A VM in its slot.
     *
     * @param name its name
     * @param generation its generation
     */
    public record Seat(String name, int generation) {}

    /** Knows nothing yet. */
    public TaskBook() {}

    /**
     * Takes an event in.
     *
     * @param tick the event
     * @param used what the event's VM used in the newest sample before it
     */
    public void take(Tick tick, Amounts used) {
        if (tick.kind == EventKind.TASK) {
            newestSequence = tick.sequence;
            task(tick.task, tick.timeNs, used);
        } else if (tick.kind == EventKind.CONTROL) {
            control(tick.control);
        }
        if (tick.learnt.kind == LearntKind.ESTIMATOR || isStart(tick)) {
            learnt.take(tick);
            if (tick.learnt.part == tick.learnt.partCount - 1) {
                known = null;
            }
        }
    }

    /**
     * Takes a record of a journal in, in which samples come as well.
     *
     * @param tick the record
     * @param used what VMs used so far; it sees the record after this
     */
    public void take(Tick tick, Used used) {
        take(tick, tick.kind == EventKind.TASK ? used.of(tick.task.vmSlot) : Amounts.UNKNOWN);
        used.see(tick);
    }

    private static boolean isStart(Tick tick) {
        return tick.kind == EventKind.CONTROL && tick.control.kind == ControlKind.ENGINE_STARTED;
    }

    private void control(ControlSection control) {
        switch (control.kind) {
            case ENGINE_STARTED -> {
                live.clear(); // No task is known to an engine that starts.
                seats.clear();
            }
            case VM_ARRIVED ->
                    seats.put(
                            control.vmSlot,
                            new Seat(control.vmName.toString(), control.vmGeneration));
            case VM_DEPARTED -> {
                seats.remove(control.vmSlot);
                live.values()
                        .removeIf(task ->
                                task.slot() == control.vmSlot
                                        && task.generation() == control.vmGeneration);
            }
            case VM_POLICY,
                    PAUSED,
                    RESUMED,
                    RESTORE,
                    BUDGET,
                    MODEL_SWAPPED,
                    CONNECTION_LOST,
                    CONNECTION_BACK,
                    ENFORCEMENT_STOPPED,
                    INTENT_UNRESOLVED,
                    ENGINE_STOPPED,
                    WARMTH,
                    SAVE,
                    JOURNAL_FULL,
                    JOURNAL_ROOM,
                    TUNED,
                    SCULPTED,
                    MODEL_DRIFTED,
                    TRAINING_STARTED,
                    MODEL_JUDGED -> {}
        }
    }

    private void task(TaskSection task, long timeNs, Amounts used) {
        String id = task.id.toString();
        LiveTask before = live.get(id);
        switch (task.state) {
            case FINISHED, WITHDRAWN -> live.remove(id);
            case RESCHEDULED -> {
                // Where its plan was moved to follows from the simulation, here as there.
            }
            case ANNOUNCED, ANTICIPATED, STARTED -> {
                if (before == null && live.size() >= StartSimulation.TASKS_MAX) {
                    leftOutCount++;
                    return;
                }
                LiveTask now = merged(task, before, timeNs, used);
                live.put(id, now);
                String vm = nameOf(now.slot());
                if (task.state == TaskState.STARTED
                        && (before == null || !before.isRunning())
                        && vm != null) {
                    recurrences.started(now.type(), vm, timeNs);
                }
            }
        }
    }

    private static LiveTask merged(
            TaskSection task, @Nullable LiveTask before, long timeNs, Amounts used) {
        boolean starts = task.state == TaskState.STARTED;
        LiveTask told = LiveTask.told(task, starts ? timeNs : TaskSection.UNKNOWN, used);
        if (before == null) {
            return told;
        }
        LiveTask whole = starts ? told.completedBy(before) : told;
        return before.isRunning()
                ? whole.startedAt(before.startedNs(), before.usedAtStart())
                : whole;
    }

    /**
     * The tasks that count at a time: one that waits for none that lives and did not start within
     * the longest horizon after its plan does not, as in the engine.
     *
     * @param nowNs engine time
     * @return in the order in which they were told of
     */
    public List<LiveTask> live(long nowNs) {
        long longestNs = Horizon.MINUTES_15.durationNs();
        return live.values().stream()
                .filter(task ->
                        task.isRunning()
                                || nowNs - task.plannedStartNs() <= longestNs
                                || task.dependencies().stream().anyMatch(live::containsKey))
                .toList();
    }

    /** Whether a task lives: it was told of and has not ended. */
    public boolean isLive(String id) {
        return live.containsKey(id);
    }

    /** What is learnt of types. */
    public TaskMap known() {
        TaskMap now = known;
        if (now == null) {
            now = learnt.taskMap();
            known = now;
        }
        return now;
    }

    /** What comes again. */
    public Recurrences recurrences() {
        return recurrences;
    }

    /**
     * Says which VMs are there, for who does not show events of kind CONTROL; tasks of others end.
     *
     * @param present by slot
     */
    public void setVms(Map<Integer, Seat> present) {
        if (!seats.equals(present)) {
            seats.clear();
            seats.putAll(present);
        }
        live.values()
                .removeIf(task -> {
                    Seat seat = seats.get(task.slot());
                    return task.slot() >= 0
                            && (seat == null || seat.generation() != task.generation());
                });
    }

    /** Name of the VM in a slot, or null. */
    public @Nullable String nameOf(int slot) {
        Seat seat = seats.get(slot);
        return seat == null ? null : seat.name();
    }

    /** Generation of the VM in a slot; 0 when there is none. */
    public int generationOf(int slot) {
        Seat seat = seats.get(slot);
        return seat == null ? 0 : seat.generation();
    }

    /** Slot of the VM of a name, or -1. */
    public int slotOf(String name) {
        return seats.entrySet().stream()
                .filter(entry -> entry.getValue().name().equals(name))
                .mapToInt(Map.Entry::getKey)
                .findFirst()
                .orElse(-1);
    }

    /** Number of the newest event about a task: the seed of what is simulated. */
    public long newestSequence() {
        return newestSequence;
    }

    /** Tasks that found no room, counted at each of their events. */
    public long leftOutCount() {
        return leftOutCount;
    }
}
