package org.foreshape.daemon.simulate;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.daemon.fault.NearNames;
import org.foreshape.shaping.simulation.AnnouncedTask;
import org.foreshape.shaping.simulation.DemandTrace;

/**
 * Reads announced tasks: CSV with a header that names {@link #COLUMNS} in any order. {@code
 * depends_on} names tasks of the same file, separated by semicolons or blanks. One thread.
 */
public final class TaskFile {
    /** The columns; the last three may be left out. */
    static final List<String> COLUMNS =
            List.of(
                    "vm",
                    "id",
                    "type",
                    "priority",
                    "announce_s",
                    "start_s",
                    "duration_s",
                    "memory_mib",
                    "cpu_cores",
                    "complexity",
                    "depends_on");

    private static final int REQUIRED = 8;
    private static final int PRIORITY_MAX = 9;

    private final Path file;
    private final Map<String, Integer> vmByName = new HashMap<>();
    private final int[] cellOfColumn = new int[COLUMNS.size()];
    private final List<AnnouncedTask> tasks = new ArrayList<>();
    private final List<Integer> lineOfTask = new ArrayList<>();
    private final Map<String, AnnouncedTask> byId = new HashMap<>();
    private String[] cells = {};
    private int line;

    private TaskFile(Path file, DemandTrace trace) {
        this.file = file;
        for (int vm = 0; vm < trace.vmCount(); vm++) {
            vmByName.put(trace.name(vm), vm);
        }
    }

    /**
     * Reads a file.
     *
     * @param file the tasks
     * @param trace whose VMs they run in
     * @return the tasks, in the order of the file
     * @throws Failure when it cannot be read or a row is wrong, with its line
     */
    public static List<AnnouncedTask> read(Path file, DemandTrace trace) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw Failure.missing(
                    "cannot read " + file + ": " + e + "; give a readable CSV file", e);
        }
        return new TaskFile(file, trace).parse(lines);
    }

    private List<AnnouncedTask> parse(List<String> lines) {
        line = 1;
        List<String> header =
                lines.isEmpty() ? List.of() : List.of(lines.getFirst().strip().split(",", -1));
        for (int column = 0; column < cellOfColumn.length; column++) {
            cellOfColumn[column] = header.indexOf(COLUMNS.get(column));
            if (cellOfColumn[column] < 0 && column < REQUIRED) {
                throw wrong(
                        "the header lacks "
                                + COLUMNS.get(column)
                                + ": name "
                                + String.join(",", COLUMNS));
            }
        }
        for (String text : lines.subList(1, lines.size())) {
            line++;
            if (!text.isBlank()) {
                cells = text.strip().split(",", -1);
                if (cells.length != header.size()) {
                    throw wrong(
                            "the header has "
                                    + header.size()
                                    + " columns, this row "
                                    + cells.length
                                    + ": repair or remove it");
                }
                add(row());
            }
        }
        for (int k = 0; k < tasks.size(); k++) {
            line = lineOfTask.get(k);
            checkOrder(tasks.get(k));
        }
        return List.copyOf(tasks);
    }

    private AnnouncedTask row() {
        String name = text("vm");
        Integer vm = vmByName.get(name);
        if (vm == null) {
            throw wrong(
                    "no VM "
                            + name
                            + " with samples in the simulated time; "
                            + NearNames.hint(name, vmByName.keySet()));
        }
        return new AnnouncedTask(
                vm,
                text("id"),
                text("type"),
                (int) whole("priority", 0, PRIORITY_MAX),
                whole("announce_s", Long.MIN_VALUE / 4, Long.MAX_VALUE / 4),
                whole("start_s", Long.MIN_VALUE / 4, Long.MAX_VALUE / 4),
                whole("duration_s", 1, Long.MAX_VALUE / 4),
                number("memory_mib"),
                has("cpu_cores") ? number("cpu_cores") : 0,
                has("complexity") ? number("complexity") : 1,
                has("depends_on") ? List.of(text("depends_on").split("[;|\\s]+")) : List.of());
    }

    private void add(AnnouncedTask task) {
        if (task.announceSeconds() > task.startSeconds()) {
            throw wrong(
                    "task "
                            + task.id()
                            + " is announced after its start: give announce_s of at most start_s");
        }
        if (byId.put(task.id(), task) != null) {
            throw wrong("there are two tasks " + task.id() + ": give each its own id");
        }
        tasks.add(task);
        lineOfTask.add(line);
    }

    private void checkOrder(AnnouncedTask task) {
        for (String id : task.dependsOn()) {
            AnnouncedTask other = byId.get(id);
            if (other == null) {
                throw wrong(
                        "task "
                                + task.id()
                                + " depends on "
                                + id
                                + ", which no row names; "
                                + NearNames.hint(id, byId.keySet()));
            }
            if (id.equals(task.id()) || other.startSeconds() > task.startSeconds()) {
                throw wrong(
                        "task "
                                + task.id()
                                + " does not start after "
                                + id
                                + ", on which it depends: give a later start_s");
            }
        }
    }

    private boolean has(String column) {
        int cell = cellOfColumn[COLUMNS.indexOf(column)];
        return cell >= 0 && !cells[cell].isBlank();
    }

    private String text(String column) {
        if (!has(column)) {
            throw wrong(column + " is empty: give a value");
        }
        return cells[cellOfColumn[COLUMNS.indexOf(column)]].strip();
    }

    private double number(String column) {
        String text = text(column);
        double value;
        try {
            value = Double.parseDouble(text);
        } catch (NumberFormatException _) {
            value = Double.NaN;
        }
        if (!(value >= 0) || Double.isInfinite(value)) {
            throw wrong(column + " is '" + text + "': give a number of at least 0");
        }
        return value;
    }

    private long whole(String column, long least, long most) {
        String text = text(column);
        try {
            long value = Long.parseLong(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException _) {
            // Said below, as for a number that is out of range.
        }
        throw wrongWhole(column, text, least, most);
    }

    private Failure wrongWhole(String column, String text, long least, long most) {
        String range =
                most == PRIORITY_MAX
                        ? " from " + least + " to " + most
                        : least > 0 ? " of at least " + least : "";
        return wrong(column + " is '" + text + "': give a whole number" + range);
    }

    private Failure wrong(String what) {
        return Failure.usage(file + ", line " + line + ": " + what);
    }
}
