package org.foreshape.daemon.control;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.foreshape.daemon.fault.NearNames;
import org.foreshape.ring.event.TaskSection;
import org.foreshape.ring.event.TaskState;
import org.foreshape.ring.event.VmPolicy;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * News of one task, as an operator, a cron job or a scheduler tells it.
 *
 * @param state where the task is in its life
 * @param id unique among the tasks that have not ended
 * @param type what demand is learnt by
 * @param vmName the VM it runs in, or null when that is not known yet
 * @param priority 0 lowest to 9 highest
 * @param complexity relative to other tasks of its type
 * @param startInSeconds seconds of engine time until it starts
 * @param durationSeconds how long it is expected to run, or null
 * @param memoryMib memory it is expected to use on top, or null
 * @param cpuCores CPU it is expected to use on top, or null
 * @param storageMib what it is expected to add to what the VM's disks take up, or null
 * @param actualMemoryMib for a finished task: what it used, or null
 * @param actualCpuCores for a finished task: the most it used, or null
 * @param actualStorageMib for a finished task: what it added, or null
 * @param actualDurationSeconds for a finished task: how long it ran, or null
 * @param after ids of tasks that must end before it starts
 */
public record Announcement(
        TaskState state,
        String id,
        String type,
        @Nullable String vmName,
        int priority,
        double complexity,
        double startInSeconds,
        @Nullable Double durationSeconds,
        @Nullable Long memoryMib,
        @Nullable Double cpuCores,
        @Nullable Long storageMib,
        @Nullable Long actualMemoryMib,
        @Nullable Double actualCpuCores,
        @Nullable Long actualStorageMib,
        @Nullable Double actualDurationSeconds,
        List<String> after) {
    private static final double SECONDS_MAX = 400.0 * 24 * 3600;
    private static final double COMPLEXITY_MAX = 1e6;
    private static final long MIB_MAX = 1L << 30;
    private static final double CORES_MAX = 1e6;
    private static final int PRIORITY_DEFAULT = 5;
    private static final Set<String> KEYS =
            Set.of(
                    "state",
                    "id",
                    "type",
                    "vm",
                    "priority",
                    "complexity",
                    "start_in_seconds",
                    "duration_seconds",
                    "memory_mib",
                    "cpu_cores",
                    "storage_mib",
                    "actual_memory_mib",
                    "actual_cpu_cores",
                    "actual_storage_mib",
                    "actual_duration_seconds",
                    "after");

    /** Copies the list. */
    public Announcement {
        after = List.copyOf(after);
    }

    /** As the body of a request. */
    public ObjectNode toJson() {
        ObjectNode body = Json.object();
        body.put("state", state.name().toLowerCase(Locale.ROOT));
        body.put("id", id);
        body.put("type", type);
        body.put("priority", priority);
        body.put("complexity", complexity);
        body.put("start_in_seconds", startInSeconds);
        if (vmName != null) {
            body.put("vm", vmName);
        }
        put(body, "duration_seconds", durationSeconds);
        put(body, "memory_mib", memoryMib);
        put(body, "cpu_cores", cpuCores);
        put(body, "storage_mib", storageMib);
        put(body, "actual_memory_mib", actualMemoryMib);
        put(body, "actual_cpu_cores", actualCpuCores);
        put(body, "actual_storage_mib", actualStorageMib);
        put(body, "actual_duration_seconds", actualDurationSeconds);
        ArrayNode ids = body.putArray("after");
        after.forEach(ids::add);
        return body;
    }

    private static void put(ObjectNode body, String key, @Nullable Number figure) {
        switch (figure) {
            case null -> {}
            case Long whole -> body.put(key, whole);
            default -> body.put(key, figure.doubleValue());
        }
    }

    /**
     * Reads the body of a request.
     *
     * @throws BadRequestException with every fault, when there is one
     */
    public static Announcement fromJson(JsonNode body) {
        if (!(body instanceof ObjectNode)) {
            throw new BadRequestException("the body must be an object with at least id and type");
        }
        Fields fields = new Fields(body);
        for (String name : body.propertyNames()) {
            if (!KEYS.contains(name)) {
                fields.fault("there is no key " + name + "; " + NearNames.hint(name, KEYS));
            }
        }
        Announcement announcement =
                new Announcement(
                        fields.state(),
                        fields.text("id", TaskSection.ID_BYTES_MAX),
                        fields.text("type", TaskSection.TYPE_BYTES_MAX),
                        body.has("vm") ? fields.text("vm", Integer.MAX_VALUE) : null,
                        (int) fields.number("priority", PRIORITY_DEFAULT, 0, VmPolicy.PRIORITY_MAX),
                        fields.number("complexity", 1, 1e-3, COMPLEXITY_MAX),
                        fields.number("start_in_seconds", 0, -SECONDS_MAX, SECONDS_MAX),
                        fields.optional("duration_seconds", SECONDS_MAX),
                        fields.optionalWhole("memory_mib", MIB_MAX),
                        fields.optional("cpu_cores", CORES_MAX),
                        fields.optionalWhole("storage_mib", MIB_MAX),
                        fields.optionalWhole("actual_memory_mib", MIB_MAX),
                        fields.optional("actual_cpu_cores", CORES_MAX),
                        fields.optionalWhole("actual_storage_mib", MIB_MAX),
                        fields.optional("actual_duration_seconds", SECONDS_MAX),
                        fields.ids("after"));
        fields.throwIfFaulty();
        return announcement;
    }

    /** Reads typed fields and collects what is wrong with them. */
    private static final class Fields {
        private final JsonNode body;
        private final List<String> faults = new ArrayList<>();

        Fields(JsonNode body) {
            this.body = body;
        }

        void fault(String sentence) {
            faults.add(sentence);
        }

        void throwIfFaulty() {
            if (!faults.isEmpty()) {
                throw new BadRequestException(String.join("; ", faults));
            }
        }

        TaskState state() {
            String word = body.path("state").asString("announced");
            try {
                TaskState state = TaskState.valueOf(word.toUpperCase(Locale.ROOT));
                if (state.isTold()) {
                    return state;
                }
            } catch (IllegalArgumentException e) {
                // No state at all is answered as one that is not for callers.
            }
            fault("state is " + word + ", must be announced, started, finished or withdrawn");
            return TaskState.ANNOUNCED;
        }

        String text(String key, int bytesMax) {
            JsonNode node = body.path(key);
            if (!node.isString() || node.stringValue().isBlank()) {
                fault(key + " must be a text that is not empty");
                return "";
            }
            if (node.stringValue().getBytes(java.nio.charset.StandardCharsets.UTF_8).length
                    > bytesMax) {
                fault(key + " must be at most " + bytesMax + " bytes of UTF-8");
            }
            return node.stringValue();
        }

        double number(String key, double absent, double least, double most) {
            JsonNode node = body.path(key);
            if (node.isMissingNode() || node.isNull()) {
                return absent;
            }
            double value = node.isNumber() ? node.doubleValue() : Double.NaN;
            if (!(value >= least && value <= most)) {
                fault(key + " is " + node + ", must be a number from " + least + " to " + most);
                return absent;
            }
            return value;
        }

        @Nullable Double optional(String key, double most) {
            return body.hasNonNull(key) ? number(key, 0, 0, most) : null;
        }

        @Nullable Long optionalWhole(String key, long most) {
            return body.hasNonNull(key) ? (Long) (long) number(key, 0, 0, (double) most) : null;
        }

        List<String> ids(String key) {
            List<String> ids = new ArrayList<>();
            JsonNode node = body.path(key);
            if (node.isMissingNode() || node.isNull()) {
                return ids;
            }
            if (!node.isArray() || node.size() > TaskSection.DEPENDENCY_COUNT_MAX) {
                fault(
                        key
                                + " must be a list of at most "
                                + TaskSection.DEPENDENCY_COUNT_MAX
                                + " task ids");
                return ids;
            }
            for (JsonNode id : node) {
                if (id.isString() && !id.stringValue().isBlank()) {
                    ids.add(id.stringValue());
                } else {
                    fault(key + " holds " + id + ", must be texts only");
                }
            }
            return ids;
        }
    }
}
