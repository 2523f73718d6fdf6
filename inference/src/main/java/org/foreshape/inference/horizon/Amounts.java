package org.foreshape.inference.horizon;

import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.TaskSection;

/**
 * So much of each resource; negative where that is not known.
 *
 * @param memoryKib memory
 * @param cpuMillicores CPU, in thousandths of a core
 * @param storageKib what disks take up
 */
public record Amounts(long memoryKib, long cpuMillicores, long storageKib) {
    /** Nothing is known. */
    public static final Amounts UNKNOWN =
            new Amounts(SampleSection.UNKNOWN, SampleSection.UNKNOWN, SampleSection.UNKNOWN);

    /** What a task was told to need. */
    static Amounts expected(TaskSection task) {
        return new Amounts(
                task.expectedMemoryKib, task.expectedCpuMillicores, task.expectedStorageKib);
    }

    /** So much of one of them. */
    public long of(Resource resource) {
        return switch (resource) {
            case MEMORY -> memoryKib;
            case CPU -> cpuMillicores;
            case STORAGE -> storageKib;
        };
    }

    /** The same, with what another knows where this does not. */
    Amounts orElse(Amounts other) {
        return new Amounts(
                memoryKib < 0 ? other.memoryKib : memoryKib,
                cpuMillicores < 0 ? other.cpuMillicores : cpuMillicores,
                storageKib < 0 ? other.storageKib : storageKib);
    }
}
