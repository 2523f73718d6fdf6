package org.foreshape.inference.task;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tasks in an order in which each comes after those it waits for, and those that can never start.
 * Immutable.
 *
 * @param tasks in order; those that can never start are left out
 * @param waitsFor for each of them, the places in this order of what it waits for
 * @param remarks for each of them, what was taken for granted
 * @param refused why a task can never start, by its id
 */
record TaskOrder(
        List<PlannedTask> tasks,
        List<int[]> waitsFor,
        List<List<String>> remarks,
        Map<String, String> refused) {
    /** Orders the tasks; a task that is named twice is an error of the caller. */
    static TaskOrder of(List<PlannedTask> all) {
        Map<String, Integer> index = new HashMap<>();
        for (int k = 0; k < all.size(); k++) {
            if (index.put(all.get(k).id(), k) != null) {
                throw new IllegalArgumentException(
                        "Task " + all.get(k).id() + " is there twice: give each live task once.");
            }
        }
        List<List<Integer>> known = new ArrayList<>();
        List<List<String>> remarks = new ArrayList<>();
        for (PlannedTask task : all) {
            List<Integer> others = new ArrayList<>();
            List<String> taken = new ArrayList<>();
            for (String wanted : task.isRunning() ? List.<String>of() : task.dependencies()) {
                Integer other = index.get(wanted);
                if (other == null) {
                    taken.add("waits for " + wanted + ", which is not known: taken for ended");
                } else {
                    others.add(other);
                }
            }
            known.add(others);
            remarks.add(taken);
        }
        return order(all, known, remarks);
    }

    private static TaskOrder order(
            List<PlannedTask> all, List<List<Integer>> known, List<List<String>> allRemarks) {
        int[] open = new int[all.size()];
        List<List<Integer>> next = new ArrayList<>();
        all.forEach(task -> next.add(new ArrayList<>()));
        for (int k = 0; k < open.length; k++) {
            open[k] = known.get(k).size();
            for (int other : known.get(k)) {
                next.get(other).add(k);
            }
        }
        Deque<Integer> ready = new ArrayDeque<>();
        for (int k = 0; k < open.length; k++) {
            if (open[k] == 0) {
                ready.add(k);
            }
        }
        int[] place = new int[open.length];
        List<PlannedTask> tasks = new ArrayList<>();
        List<int[]> waitsFor = new ArrayList<>();
        List<List<String>> remarks = new ArrayList<>();
        while (!ready.isEmpty()) {
            int k = ready.remove();
            place[k] = tasks.size();
            tasks.add(all.get(k));
            remarks.add(allRemarks.get(k));
            waitsFor.add(known.get(k).stream().mapToInt(other -> place[other]).toArray());
            for (int after : next.get(k)) {
                if (--open[after] == 0) {
                    ready.add(after);
                }
            }
        }
        Map<String, String> refused = new HashMap<>();
        for (int k = 0; k < open.length; k++) {
            if (open[k] > 0) {
                refused.put(all.get(k).id(), circle(k, all, known, open));
            }
        }
        return new TaskOrder(tasks, waitsFor, remarks, Map.copyOf(refused));
    }

    /** Follows tasks that stay open; sooner or later one comes again. */
    private static String circle(
            int from, List<PlannedTask> all, List<List<Integer>> known, int[] open) {
        List<String> path = new ArrayList<>();
        int at = from;
        while (!path.contains(all.get(at).id())) {
            path.add(all.get(at).id());
            at = known.get(at).stream().filter(k -> open[k] > 0).findFirst().orElseThrow();
        }
        path.add(all.get(at).id());
        return "can never start: it waits for a circle of tasks ("
                + String.join(" -> ", path)
                + "): announce one of them without the dependency";
    }
}
