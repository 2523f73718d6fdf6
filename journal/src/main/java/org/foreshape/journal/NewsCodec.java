package org.foreshape.journal;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.foreshape.journal.codec.ControlDecoder;
import org.foreshape.journal.codec.ControlEncoder;
import org.foreshape.journal.codec.MessageHeaderDecoder;
import org.foreshape.journal.codec.MessageHeaderEncoder;
import org.foreshape.journal.codec.OutcomeDecoder;
import org.foreshape.journal.codec.OutcomeEncoder;
import org.foreshape.journal.codec.PressureDecoder;
import org.foreshape.journal.codec.PressureEncoder;
import org.foreshape.journal.codec.TaskDecoder;
import org.foreshape.journal.codec.TaskEncoder;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.ControlSection;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.PressureSection;
import org.foreshape.ring.event.PressureSource;
import org.foreshape.ring.event.TaskSection;
import org.foreshape.ring.event.TaskState;
import org.foreshape.ring.event.VmMode;

/**
 * The events that are not samples (task, pressure, control, outcome) as SBE messages and back.
 * Allocates nothing. Not thread-safe.
 */
final class NewsCodec {
    private final TaskEncoder taskEncoder = new TaskEncoder();
    private final TaskDecoder taskDecoder = new TaskDecoder();
    private final PressureEncoder pressureEncoder = new PressureEncoder();
    private final PressureDecoder pressureDecoder = new PressureDecoder();
    private final ControlEncoder controlEncoder = new ControlEncoder();
    private final ControlDecoder controlDecoder = new ControlDecoder();
    private final OutcomeEncoder outcomeEncoder = new OutcomeEncoder();
    private final OutcomeDecoder outcomeDecoder = new OutcomeDecoder();
    private final byte[] utf8 = new byte[ControlSection.TEXT_BYTES_MAX];

    int encode(
            TaskSection task, MutableDirectBuffer buffer, int offset, MessageHeaderEncoder header) {
        taskEncoder
                .wrapAndApplyHeader(buffer, offset, header)
                .plannedStartTimeNs(task.plannedStartTimeNs)
                .expectedDurationNs(task.expectedDurationNs)
                .expectedMemoryKib(task.expectedMemoryKib)
                .actualMemoryKib(task.actualMemoryKib)
                .actualDurationNs(task.actualDurationNs)
                .vmSlot(task.vmSlot)
                .vmGeneration(task.vmGeneration)
                .priority(task.priority)
                .complexity(task.complexity)
                .state((short) task.state.ordinal())
                .expectedCpuMillicores(task.expectedCpuMillicores)
                .expectedStorageKib(task.expectedStorageKib)
                .actualCpuMillicores(task.actualCpuMillicores)
                .actualStorageKib(task.actualStorageKib);
        TaskEncoder.DependenciesEncoder dependencies =
                taskEncoder.dependenciesCount(task.dependencyCount);
        for (int i = 0; i < task.dependencyCount; i++) {
            dependencies
                    .next()
                    .putDependencyId(
                            task.dependencies[i].bytes(), 0, task.dependencies[i].lengthBytes());
        }
        taskEncoder.putTaskId(task.id.bytes(), 0, task.id.lengthBytes());
        taskEncoder.putTaskType(task.type.bytes(), 0, task.type.lengthBytes());
        return taskEncoder.limit();
    }

    int decode(TaskSection task, DirectBuffer buffer, int offset, MessageHeaderDecoder header) {
        taskDecoder.wrapAndApplyHeader(buffer, offset, header);
        task.plannedStartTimeNs = taskDecoder.plannedStartTimeNs();
        task.expectedDurationNs = taskDecoder.expectedDurationNs();
        task.expectedMemoryKib = taskDecoder.expectedMemoryKib();
        task.actualMemoryKib = taskDecoder.actualMemoryKib();
        task.actualDurationNs = taskDecoder.actualDurationNs();
        task.vmSlot = taskDecoder.vmSlot();
        task.vmGeneration = taskDecoder.vmGeneration();
        task.priority = taskDecoder.priority();
        task.complexity = taskDecoder.complexity();
        task.state = TaskState.of(taskDecoder.state());
        boolean all = header.version() >= DecisionCodec.TASK_RESOURCES_SINCE;
        task.expectedCpuMillicores =
                all ? taskDecoder.expectedCpuMillicores() : TaskSection.UNKNOWN;
        task.expectedStorageKib = all ? taskDecoder.expectedStorageKib() : TaskSection.UNKNOWN;
        task.actualCpuMillicores = all ? taskDecoder.actualCpuMillicores() : TaskSection.UNKNOWN;
        task.actualStorageKib = all ? taskDecoder.actualStorageKib() : TaskSection.UNKNOWN;
        TaskDecoder.DependenciesDecoder dependencies = taskDecoder.dependencies();
        task.dependencyCount = 0;
        while (dependencies.hasNext()) {
            int length = dependencies.next().getDependencyId(utf8, 0, utf8.length);
            task.dependencies[task.dependencyCount++].set(utf8, length);
        }
        task.id.set(utf8, taskDecoder.getTaskId(utf8, 0, utf8.length));
        task.type.set(utf8, taskDecoder.getTaskType(utf8, 0, utf8.length));
        return taskDecoder.limit();
    }

    int encode(
            PressureSection pressure,
            MutableDirectBuffer buffer,
            int offset,
            MessageHeaderEncoder header) {
        pressureEncoder
                .wrapAndApplyHeader(buffer, offset, header)
                .value(pressure.value)
                .vmSlot(pressure.vmSlot)
                .vmGeneration(pressure.vmGeneration)
                .source((short) pressure.source.ordinal());
        return pressureEncoder.limit();
    }

    int decode(
            PressureSection pressure,
            DirectBuffer buffer,
            int offset,
            MessageHeaderDecoder header) {
        pressureDecoder.wrapAndApplyHeader(buffer, offset, header);
        pressure.value = pressureDecoder.value();
        pressure.vmSlot = pressureDecoder.vmSlot();
        pressure.vmGeneration = pressureDecoder.vmGeneration();
        pressure.source = PressureSource.of(pressureDecoder.source());
        return pressureDecoder.limit();
    }

    int encode(
            ControlSection control,
            MutableDirectBuffer buffer,
            int offset,
            MessageHeaderEncoder header) {
        controlEncoder
                .wrapAndApplyHeader(buffer, offset, header)
                .vmUuidHigh(control.vmUuidHigh)
                .vmUuidLow(control.vmUuidLow)
                .floorKib(control.floorKib)
                .ceilingKib(control.ceilingKib)
                .originalKib(control.originalKib)
                .amountKib(control.amountKib)
                .vmSlot(control.vmSlot)
                .vmGeneration(control.vmGeneration)
                .priority(control.priority)
                .controlKind((short) control.kind.ordinal())
                .mode((short) control.mode.ordinal())
                .timeNs(control.timeNs)
                .putVmName(control.vmName.bytes(), 0, control.vmName.lengthBytes())
                .putText(control.text.bytes(), 0, control.text.lengthBytes());
        return controlEncoder.limit();
    }

    int decode(
            ControlSection control, DirectBuffer buffer, int offset, MessageHeaderDecoder header) {
        controlDecoder.wrapAndApplyHeader(buffer, offset, header);
        control.vmUuidHigh = controlDecoder.vmUuidHigh();
        control.vmUuidLow = controlDecoder.vmUuidLow();
        control.floorKib = controlDecoder.floorKib();
        control.ceilingKib = controlDecoder.ceilingKib();
        control.originalKib = controlDecoder.originalKib();
        control.amountKib = controlDecoder.amountKib();
        control.vmSlot = controlDecoder.vmSlot();
        control.vmGeneration = controlDecoder.vmGeneration();
        control.priority = controlDecoder.priority();
        control.kind = ControlKind.of(controlDecoder.controlKind());
        control.mode = VmMode.of(controlDecoder.mode());
        control.timeNs = header.version() < 2 ? 0 : controlDecoder.timeNs();
        control.vmName.set(utf8, controlDecoder.getVmName(utf8, 0, utf8.length));
        control.text.set(utf8, controlDecoder.getText(utf8, 0, utf8.length));
        return controlDecoder.limit();
    }

    int encode(
            OutcomeSection outcome,
            MutableDirectBuffer buffer,
            int offset,
            MessageHeaderEncoder header) {
        outcomeEncoder
                .wrapAndApplyHeader(buffer, offset, header)
                .planSequence(outcome.planSequence)
                .requested(outcome.requested)
                .durationNs(outcome.durationNs)
                .vmSlot(outcome.vmSlot)
                .vmGeneration(outcome.vmGeneration)
                .errorCode(outcome.errorCode)
                .actKind((short) outcome.actKind.ordinal())
                .status((short) outcome.status.ordinal())
                .putMessage(outcome.message.bytes(), 0, outcome.message.lengthBytes());
        return outcomeEncoder.limit();
    }

    int decode(
            OutcomeSection outcome, DirectBuffer buffer, int offset, MessageHeaderDecoder header) {
        outcomeDecoder.wrapAndApplyHeader(buffer, offset, header);
        outcome.planSequence = outcomeDecoder.planSequence();
        outcome.requested = outcomeDecoder.requested();
        outcome.durationNs = outcomeDecoder.durationNs();
        outcome.vmSlot = outcomeDecoder.vmSlot();
        outcome.vmGeneration = outcomeDecoder.vmGeneration();
        outcome.errorCode = outcomeDecoder.errorCode();
        outcome.actKind = ActKind.of(outcomeDecoder.actKind());
        outcome.status = OutcomeStatus.of(outcomeDecoder.status());
        outcome.message.set(utf8, outcomeDecoder.getMessage(utf8, 0, utf8.length));
        return outcomeDecoder.limit();
    }
}
