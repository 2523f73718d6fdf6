package org.foreshape.daemon.hands;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.foreshape.daemon.hands.TaskNews.News;
import org.foreshape.prefault.warm.ImageWatch;
import org.jspecify.annotations.Nullable;

/** The announced and the running tasks that name a VM. Any thread; bounded. */
final class WarmTasks {
    private static final int TASKS_MAX = 1024;

    private final Map<String, Task> announced = new HashMap<>();
    private final Map<String, Running> running = new HashMap<>();

    /** A task that has not started. */
    record Task(String id, String type, int slot, int generation, long startTimeNs) {}

    /** A task that runs, and what is watched meanwhile. */
    record Running(Task task, List<ImageWatch> watches) {}

    /** Takes a new announcement in, or a new time of an old one; one too many is left out. */
    synchronized @Nullable Task announce(News news) {
        if (news.slot() < 0
                || (announced.size() >= TASKS_MAX && !announced.containsKey(news.id()))) {
            return null;
        }
        Task task =
                new Task(
                        news.id(), news.type(), news.slot(), news.generation(), news.startTimeNs());
        announced.put(news.id(), task);
        return task;
    }

    /** An announced task starts at another time; of one that is not, this is old news. */
    synchronized void reschedule(News news) {
        Task known = announced.get(news.id());
        if (known != null) {
            announced.put(
                    news.id(),
                    new Task(
                            known.id(),
                            known.type(),
                            known.slot(),
                            known.generation(),
                            news.startTimeNs()));
        }
    }

    /** The task is announced no more; later news may leave out what the first told. */
    synchronized @Nullable Task take(News news) {
        Task known = announced.remove(news.id());
        if (known != null || news.slot() < 0) {
            return known;
        }
        return new Task(news.id(), news.type(), news.slot(), news.generation(), news.startTimeNs());
    }

    synchronized void run(Task task, List<ImageWatch> watches) {
        if (running.size() < TASKS_MAX) {
            running.put(task.id(), new Running(task, watches));
        }
    }

    synchronized @Nullable Running finish(String id) {
        return running.remove(id);
    }

    /** Whether the task is still to come. */
    synchronized boolean isAnnounced(Task task) {
        return task.equals(announced.get(task.id()));
    }

    /** The next task of a VM. */
    synchronized Optional<Task> next(int slot, int generation) {
        return announced.values().stream()
                .filter(task -> task.slot() == slot && task.generation() == generation)
                .min(Comparator.comparingLong(Task::startTimeNs).thenComparing(Task::id));
    }

    /** Forgets the tasks of VMs that are gone, and those whose start is long past. */
    synchronized void keepOnly(List<VmSeat> vms, long notBeforeTimeNs) {
        announced.values().removeIf(t -> !has(vms, t) || t.startTimeNs() < notBeforeTimeNs);
        List<String> gone = new ArrayList<>();
        running.forEach((id, one) -> {
            if (!has(vms, one.task())) {
                gone.add(id);
            }
        });
        gone.forEach(running::remove);
    }

    private static boolean has(List<VmSeat> vms, Task task) {
        return vms.stream()
                .anyMatch(vm -> vm.slot() == task.slot() && vm.generation() == task.generation());
    }
}
