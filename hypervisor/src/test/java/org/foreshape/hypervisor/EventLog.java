package org.foreshape.hypervisor;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.EventWriter;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.TaskState;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;

/** A ring that keeps what is published, for tests to look at and wait for. */
public final class EventLog implements EventPublisher {
    /** One event, in the order of publication. */
    public sealed interface Entry permits Control, Sample, Task, Pressure {}

    /** A control event. */
    public record Control(
            ControlKind kind,
            int slot,
            int generation,
            String name,
            UUID uuid,
            VmMode mode,
            int priority,
            long floorKib,
            long ceilingKib,
            long originalKib,
            long amountKib)
            implements Entry {}

    /** A sample; the section is a copy. */
    public record Sample(long timeNs, SampleSection figures) implements Entry {
        /** Whether it holds this VM. */
        public boolean holds(VmRef vm) {
            return vm.slot() < figures.slotCount
                    && figures.present[vm.slot()]
                    && figures.generation[vm.slot()] == vm.generation();
        }
    }

    /** A task event. */
    public record Task(
            TaskState state,
            String id,
            String type,
            int slot,
            int generation,
            long timeNs,
            long plannedStartTimeNs,
            long expectedDurationNs,
            long expectedMemoryKib,
            long actualMemoryKib,
            long actualDurationNs)
            implements Entry {}

    /** A pressure event. */
    public record Pressure(int slot, long value) implements Entry {}

    private final int vmCountMax;
    private final Tick slot;
    private final List<Entry> entries = new ArrayList<>();
    private boolean full;

    /** An empty log. */
    public EventLog(int vmCountMax) {
        this.vmCountMax = vmCountMax;
        this.slot = new Tick(vmCountMax);
    }

    @Override
    public synchronized boolean tryPublish(EventWriter writer) {
        if (full) {
            return false;
        }
        publish(writer);
        return true;
    }

    @Override
    public synchronized void publish(EventWriter writer) {
        writer.write(slot);
        entries.add(entry());
        notifyAll();
    }

    /** Whether samples are shed. */
    public synchronized void setFull(boolean newFull) {
        full = newFull;
    }

    /** All events so far. */
    public synchronized List<Entry> entries() {
        return List.copyOf(entries);
    }

    /** The events of one type so far. */
    public synchronized <T extends Entry> List<T> all(Class<T> type) {
        return entries.stream().filter(type::isInstance).map(type::cast).toList();
    }

    /**
     * Waits for an event that comes at or after an index and is as wanted.
     *
     * @throws AssertionError when none comes within the limit
     */
    public synchronized <T extends Entry> T await(
            Class<T> type, int fromIndex, long limitMs, Predicate<T> wanted)
            throws InterruptedException {
        long endNs = System.nanoTime() + limitMs * 1_000_000;
        int index = fromIndex;
        while (true) {
            for (; index < entries.size(); index++) {
                if (type.isInstance(entries.get(index))
                        && wanted.test(type.cast(entries.get(index)))) {
                    return type.cast(entries.get(index));
                }
            }
            long waitMs = (endNs - System.nanoTime()) / 1_000_000;
            if (waitMs <= 0) {
                throw new AssertionError(
                        "no such "
                                + type.getSimpleName()
                                + " within "
                                + limitMs
                                + " ms; "
                                + entries.size()
                                + " events, the last: "
                                + (entries.isEmpty() ? "none" : entries.getLast()));
            }
            wait(waitMs);
        }
    }

    /** Number of events so far: an index from which to await what comes next. */
    public synchronized int size() {
        return entries.size();
    }

    private Entry entry() {
        return switch (slot.kind) {
            case CONTROL ->
                    new Control(
                            slot.control.kind,
                            slot.control.vmSlot,
                            slot.control.vmGeneration,
                            slot.control.vmName.toString(),
                            new UUID(slot.control.vmUuidHigh, slot.control.vmUuidLow),
                            slot.control.mode,
                            slot.control.priority,
                            slot.control.floorKib,
                            slot.control.ceilingKib,
                            slot.control.originalKib,
                            slot.control.amountKib);
            case SAMPLE -> {
                SampleSection copy = new Tick(vmCountMax).sample;
                copy.copyFrom(slot.sample);
                yield new Sample(slot.timeNs, copy);
            }
            case TASK ->
                    new Task(
                            slot.task.state,
                            slot.task.id.toString(),
                            slot.task.type.toString(),
                            slot.task.vmSlot,
                            slot.task.vmGeneration,
                            slot.timeNs,
                            slot.task.plannedStartTimeNs,
                            slot.task.expectedDurationNs,
                            slot.task.expectedMemoryKib,
                            slot.task.actualMemoryKib,
                            slot.task.actualDurationNs);
            case PRESSURE -> new Pressure(slot.pressure.vmSlot, slot.pressure.value);
            case OUTCOME, LEARNT ->
                    throw new IllegalStateException("a hypervisor publishes no " + slot.kind);
        };
    }
}
