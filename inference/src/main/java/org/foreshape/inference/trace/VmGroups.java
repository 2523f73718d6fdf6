package org.foreshape.inference.trace;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which VMs belong together. Clones of one cluster move alike, so a VM is only unseen when its
 * whole group is. Immutable, safe from any thread.
 */
public final class VmGroups {
    private final Map<String, String> groupOfVm;

    private VmGroups(Map<String, String> groupOfVm) {
        this.groupOfVm = groupOfVm;
    }

    /**
     * Reads a CSV file whose header names the columns {@code vm} and {@code group}.
     *
     * @param file the file; null: every VM is a group of its own
     * @return the groups
     * @throws IOException when it cannot be read
     * @throws TraceException when it is not of the format, with the line's number
     */
    public static VmGroups read(@Nullable Path file) throws IOException {
        Map<String, String> groups = new HashMap<>();
        if (file == null) {
            return new VmGroups(groups);
        }
        List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        List<String> header =
                lines.isEmpty() ? List.of() : List.of(lines.getFirst().split(",", -1));
        int vm = header.indexOf("vm");
        int group = header.indexOf("group");
        if (vm < 0 || group < 0) {
            throw new TraceException(
                    file, 1, "this is no groups file: its header must name vm and group.");
        }
        for (int k = 1; k < lines.size(); k++) {
            String[] cells = lines.get(k).split(",", -1);
            if (cells.length != header.size()) {
                throw new TraceException(
                        file,
                        k + 1L,
                        "the header has "
                                + header.size()
                                + " columns, this row "
                                + cells.length
                                + ": repair or remove it.");
            }
            groups.put(cells[vm], cells[group]);
        }
        return new VmGroups(groups);
    }

    /**
     * The group of a VM.
     *
     * @param vm its name in the trace
     * @return a name that its whole group shares; one of its own when it is in no group
     */
    public String groupOf(String vm) {
        String group = groupOfVm.get(vm);
        return group == null ? "vm " + vm : "group " + group;
    }
}
