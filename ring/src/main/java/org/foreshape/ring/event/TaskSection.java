package org.foreshape.ring.event;

/** News of one task. Written by whoever announces it; a figure that is not told is UNKNOWN. */
public final class TaskSection {
    /** Most bytes of a task's id. */
    public static final int ID_BYTES_MAX = 64;

    /** Most bytes of a task's type. */
    public static final int TYPE_BYTES_MAX = 32;

    /** Most dependencies of one task. */
    public static final int DEPENDENCY_COUNT_MAX = 8;

    /** A figure that was not told. */
    public static final long UNKNOWN = -1;

    /** Where the task is in its life. */
    public TaskState state = TaskState.ANNOUNCED;

    /** Its id, unique among the tasks that have not ended. */
    public final Text id = new Text(ID_BYTES_MAX);

    /** Its type, by which demand is learnt. */
    public final Text type = new Text(TYPE_BYTES_MAX);

    /** Slot of the VM it runs in, or -1 when that is not known yet. */
    public int vmSlot;

    /** Generation of that VM. */
    public int vmGeneration;

    /** Priority, 0 lowest to 9 highest. */
    public int priority;

    /** Estimated complexity relative to other tasks of its type; 1 when not told. */
    public float complexity;

    /** Engine time at which it shall start. */
    public long plannedStartTimeNs;

    /** How long it is expected to run. */
    public long expectedDurationNs;

    /** Memory it is expected to use on top of the VM's own use; UNKNOWN: learn it. */
    public long expectedMemoryKib;

    /** CPU it is expected to use on top, in thousandths of a core; UNKNOWN: learn it. */
    public long expectedCpuMillicores;

    /** What it is expected to add to what the VM's disks take up; UNKNOWN: learn it. */
    public long expectedStorageKib;

    /** For a finished task: the peak memory it used on top of the VM's own use. */
    public long actualMemoryKib;

    /** For a finished task: the peak CPU it used, in thousandths of a core. */
    public long actualCpuMillicores;

    /** For a finished task: what it added to what the VM's disks take up. */
    public long actualStorageKib;

    /** For a finished task: how long it ran. */
    public long actualDurationNs;

    /** Number of tasks that must end before this one starts. */
    public int dependencyCount;

    /** Ids of those tasks. */
    public final Text[] dependencies = new Text[DEPENDENCY_COUNT_MAX];

    TaskSection() {
        for (int i = 0; i < dependencies.length; i++) {
            dependencies[i] = new Text(ID_BYTES_MAX);
        }
        clear();
    }

    /** What it is expected to use of a resource on top of the VM's own use; UNKNOWN: learn it. */
    public long expected(Resource resource) {
        return switch (resource) {
            case MEMORY -> expectedMemoryKib;
            case CPU -> expectedCpuMillicores;
            case STORAGE -> expectedStorageKib;
        };
    }

    /** For a finished task: what it used of a resource on top of the VM's own use. */
    public long actual(Resource resource) {
        return switch (resource) {
            case MEMORY -> actualMemoryKib;
            case CPU -> actualCpuMillicores;
            case STORAGE -> actualStorageKib;
        };
    }

    /** Makes this section say what another says; allocates nothing. */
    public void copyFrom(TaskSection from) {
        state = from.state;
        id.copyFrom(from.id);
        type.copyFrom(from.type);
        vmSlot = from.vmSlot;
        vmGeneration = from.vmGeneration;
        priority = from.priority;
        complexity = from.complexity;
        plannedStartTimeNs = from.plannedStartTimeNs;
        expectedDurationNs = from.expectedDurationNs;
        expectedMemoryKib = from.expectedMemoryKib;
        expectedCpuMillicores = from.expectedCpuMillicores;
        expectedStorageKib = from.expectedStorageKib;
        actualMemoryKib = from.actualMemoryKib;
        actualCpuMillicores = from.actualCpuMillicores;
        actualStorageKib = from.actualStorageKib;
        actualDurationNs = from.actualDurationNs;
        dependencyCount = from.dependencyCount;
        for (int i = 0; i < from.dependencyCount; i++) {
            dependencies[i].copyFrom(from.dependencies[i]);
        }
    }

    /** Empties the section. */
    public void clear() {
        state = TaskState.ANNOUNCED;
        id.clear();
        type.clear();
        vmSlot = -1;
        vmGeneration = 0;
        priority = 0;
        complexity = 1;
        plannedStartTimeNs = 0;
        expectedDurationNs = UNKNOWN;
        expectedMemoryKib = UNKNOWN;
        expectedCpuMillicores = UNKNOWN;
        expectedStorageKib = UNKNOWN;
        actualMemoryKib = UNKNOWN;
        actualCpuMillicores = UNKNOWN;
        actualStorageKib = UNKNOWN;
        actualDurationNs = UNKNOWN;
        dependencyCount = 0;
    }
}
