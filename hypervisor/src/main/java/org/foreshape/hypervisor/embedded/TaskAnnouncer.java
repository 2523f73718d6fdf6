package org.foreshape.hypervisor.embedded;

import org.foreshape.hypervisor.VmRef;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.RingFullException;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.TaskSection;
import org.foreshape.ring.event.TaskState;
import org.foreshape.ring.event.Tick;

/** Publishes what becomes of the tasks of one guest, as its scheduler would. */
final class TaskAnnouncer implements GuestTasks.Listener {
    private static final System.Logger LOG = System.getLogger(TaskAnnouncer.class.getName());

    private final EventPublisher publisher;
    private final EngineClock clock;
    private final long originTimeNs;
    private final VmRef vm;
    private final int priority;

    TaskAnnouncer(
            EventPublisher publisher,
            EngineClock clock,
            long originTimeNs,
            VmRef vm,
            int priority) {
        this.publisher = publisher;
        this.clock = clock;
        this.originTimeNs = originTimeNs;
        this.vm = vm;
        this.priority = priority;
    }

    @Override
    public void taskIs(TaskState state, CurveTask task, long peakKib) {
        try {
            publisher.publish(tick -> write(tick, state, task, peakKib));
        } catch (RingFullException e) {
            LOG.log(System.Logger.Level.WARNING, "news of task " + task.id() + " is lost", e);
        }
    }

    private void write(Tick tick, TaskState state, CurveTask task, long peakKib) {
        tick.begin(EventKind.TASK, clock.timeNs());
        TaskSection section = tick.task;
        section.state = state;
        section.id.set(task.id());
        section.type.set(task.type());
        section.vmSlot = vm.slot();
        section.vmGeneration = vm.generation();
        section.priority = priority;
        section.plannedStartTimeNs = originTimeNs + task.plannedStartNs();
        section.expectedDurationNs = task.expectedDurationNs();
        section.expectedMemoryKib = task.expectedMemoryKib();
        if (state == TaskState.FINISHED) {
            section.actualMemoryKib = peakKib;
            section.actualDurationNs = task.durationNs();
        }
    }
}
