package org.foreshape.inference.horizon;

import java.util.List;
import java.util.Map;
import org.foreshape.inference.task.TaskMap;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.Tick;

/**
 * What each VM and its tasks will need, at one moment. Immutable; any thread.
 *
 * @param timeNs engine time of the sample whose forecasts it holds
 * @param entries by VM, resource, horizon and part
 * @param tasks those that have not ended, in an order in which each comes after those it waits for
 * @param refused why the others can never start, by id
 * @param laws what finished tasks taught of types, families and all
 */
public record HorizonMap(
        long timeNs,
        List<Entry> entries,
        List<Task> tasks,
        Map<String, String> refused,
        TaskMap laws) {
    /** What an entry is a part of. */
    public enum Part {
        /** What the VM's own series says. */
        OWN,
        /** What the tasks of one type and priority add. */
        TASKS,
        /** Both together, within what the VM can have. */
        TOTAL
    }

    /**
     * The distribution of the peak demand within a horizon.
     *
     * @param vm name of the VM
     * @param slot of the VM
     * @param resource memory and storage in KiB, CPU in thousandths of a core
     * @param horizon how far ahead
     * @param part of what this is the demand
     * @param type of the tasks; empty unless the part is TASKS
     * @param priority of the tasks; 0 unless the part is TASKS
     * @param taskCount tasks that count in it
     * @param quantiles at the levels of {@link org.foreshape.ring.event.Quantiles}, ascending
     * @param mean in the resource's unit
     * @param variance in its square
     * @param low of the central interval that holds 90 %
     * @param high of that interval
     */
    public record Entry(
            String vm,
            int slot,
            Resource resource,
            Horizon horizon,
            Part part,
            String type,
            int priority,
            int taskCount,
            List<Double> quantiles,
            double mean,
            double variance,
            double low,
            double high) {
        /** Copies the quantiles. */
        public Entry {
            quantiles = List.copyOf(quantiles);
        }
    }

    /**
     * A task and when it will start.
     *
     * @param id of the task
     * @param type its type
     * @param priority 0 to 9
     * @param vm name of its VM; empty when that is not known
     * @param running whether it runs; its start is then in the past
     * @param anticipated whether nobody announced it
     * @param startLowNs the .05 quantile of its start, engine time
     * @param startMedianNs the median
     * @param startHighNs the .95 quantile
     * @param sampleCount finished tasks from which its memory is known; 0 when it was told
     * @param remarks what was taken for granted
     */
    public record Task(
            String id,
            String type,
            int priority,
            String vm,
            boolean running,
            boolean anticipated,
            long startLowNs,
            long startMedianNs,
            long startHighNs,
            long sampleCount,
            List<String> remarks) {
        /** Copies the remarks. */
        public Task {
            remarks = List.copyOf(remarks);
        }
    }

    /** Copies lists and map. */
    public HorizonMap {
        entries = List.copyOf(entries);
        tasks = List.copyOf(tasks);
        refused = Map.copyOf(refused);
    }

    /**
     * The map that follows from what is known of tasks and from a sample with its forecasts: the
     * same from the same, in the engine's process and from a journal. Allocates: any thread but the
     * engine's.
     *
     * @param book what is known of tasks
     * @param sample the newest sample, with its forecasts
     */
    public static HorizonMap of(TaskBook book, Tick sample) {
        return new HorizonMaker(book, sample).make();
    }
}
