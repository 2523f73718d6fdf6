package org.foreshape.daemon.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.foreshape.daemon.config.ConfigReader.Value;
import org.foreshape.daemon.config.ValueRange.SpanRange;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.event.VmPolicy;
import org.foreshape.shaping.ShapingSettings;
import org.foreshape.shaping.tuning.Bounds;
import org.foreshape.shaping.tuning.TunerSettings;
import org.jspecify.annotations.Nullable;

/** Fills in defaults, checks the relations between keys, and makes the record. */
final class ConfigConclusion {
    /** Linux takes 107 bytes (unix(7)); some are left for the folder it is bound in first. */
    private static final int SOCKET_PATH_BYTES_MAX = 90;

    private static final int PERMILLE_PER_PERCENT = 10;
    private static final int SECONDS_PER_MINUTE = 60;
    private static final double MILLI = 1000;

    private final Surroundings surroundings;
    private final Map<ConfigKey, Value> values;
    private final Map<String, Map<ConfigKey, Value>> vms;
    private final Map<String, Integer> vmLines;
    private final Map<String, Value> shaping;
    private final List<Fault> faults;

    ConfigConclusion(
            Surroundings surroundings,
            Map<ConfigKey, Value> values,
            Map<String, Map<ConfigKey, Value>> vms,
            Map<String, Integer> vmLines,
            Map<String, Value> shaping,
            List<Fault> faults) {
        this.surroundings = surroundings;
        this.values = values;
        this.vms = vms;
        this.vmLines = vmLines;
        this.shaping = shaping;
        this.faults = faults;
    }

    /** The configuration, or null when there are faults. */
    @Nullable Config conclude() {
        Path journal = path(ConfigKey.JOURNAL_DIRECTORY);
        Path socket = path(ConfigKey.CONTROL_SOCKET);
        checkSocket(socket);
        if (journal != null && journal.equals(socket)) {
            fault(
                    ConfigKey.CONTROL_SOCKET,
                    "is the journal's directory; give it a path of its own");
        }
        String model = text(ConfigKey.MODEL_PATH);
        checkModel(model);
        Path models = path(ConfigKey.MODEL_DIRECTORY);
        Path warm = path(ConfigKey.PREWARM_DIRECTORY);
        Path guestFiles =
                text(ConfigKey.PREWARM_GUEST_FILES).equals(Config.NONE)
                        ? null
                        : path(ConfigKey.PREWARM_GUEST_FILES);
        if (guestFiles != null && !Files.isDirectory(guestFiles)) {
            fault(
                    ConfigKey.PREWARM_GUEST_FILES,
                    "is " + guestFiles + ", which is no directory; make it, or say none");
        }
        VmPolicy policy = policy("policy", Map.of(), line(ConfigKey.POLICY_CEILING_MIB));
        Map<String, VmPolicy> vmPolicies = new TreeMap<>();
        vms.forEach((name, own) -> {
            VmPolicy vm = policy("vms." + name, own, vmLines.getOrDefault(name, 0));
            if (vm != null) {
                vmPolicies.put(name, vm);
            }
        });
        ShapingSettings settings = ShapingKeys.conclude(shaping, faults);
        Map<String, String> given = new TreeMap<>();
        shaping.forEach((name, value) -> given.put(name, value.text()));
        if (!faults.isEmpty()
                || policy == null
                || journal == null
                || socket == null
                || warm == null
                || models == null) {
            return null;
        }
        return new Config(
                text(ConfigKey.HYPERVISOR_URI),
                (int) whole(ConfigKey.HYPERVISOR_VM_COUNT_MAX),
                (MemoryBudget) value(ConfigKey.HOST_BUDGET),
                journal,
                text(ConfigKey.JOURNAL_SYNC),
                whole(ConfigKey.JOURNAL_SYNC_INTERVAL_MS),
                text(ConfigKey.JOURNAL_ROLL),
                whole(ConfigKey.JOURNAL_KEEP_DAYS),
                whole(ConfigKey.JOURNAL_KEEP_MIB),
                whole(ConfigKey.JOURNAL_FREE_MIB_MIN),
                socket,
                (int) whole(ConfigKey.ATTENTION_ROUNDS_PER_S),
                whole(ConfigKey.HYPERVISOR_CALL_DEADLINE_MS),
                model,
                journal.resolveSibling(text(ConfigKey.MODEL_DIRECTORY)).normalize(),
                (int) whole(ConfigKey.MODEL_RETRAIN_HOURS),
                text(ConfigKey.MODEL_RETRAIN_ON_DRIFT).equals(ConfigKey.ON),
                (int) whole(ConfigKey.MODEL_HELD_BACK_MINUTES),
                (int) whole(ConfigKey.MODEL_FALSE_ALARM_DAYS),
                journal.resolveSibling(text(ConfigKey.PREWARM_DIRECTORY)).normalize(),
                guestFiles,
                (int) whole(ConfigKey.PAGES_MIB_PER_S),
                (int) whole(ConfigKey.PAGES_CPU_PERCENT),
                policy,
                vmPolicies,
                settings,
                tuner(settings),
                given,
                effective());
    }

    private @Nullable TunerSettings tuner(ShapingSettings settings) {
        if (!text(ConfigKey.TUNER_MODE).equals(ConfigKey.ON)) {
            return null;
        }
        SpanRange.Span price = (SpanRange.Span) value(ConfigKey.TUNER_PRICE_PERCENT);
        SpanRange.Span margin = (SpanRange.Span) value(ConfigKey.TUNER_MARGIN_PERCENT);
        SpanRange.Span lead = (SpanRange.Span) value(ConfigKey.TUNER_LEAD_PERCENT);
        SpanRange.Span pace = (SpanRange.Span) value(ConfigKey.TUNER_PACE_PERCENT);
        TunerSettings usual = TunerSettings.DEFAULTS;
        return new TunerSettings(
                new Bounds(
                        price.from() * PERMILLE_PER_PERCENT,
                        price.to() * PERMILLE_PER_PERCENT,
                        margin.from() * PERMILLE_PER_PERCENT,
                        margin.to() * PERMILLE_PER_PERCENT,
                        lead.from() * PERMILLE_PER_PERCENT,
                        lead.to() * PERMILLE_PER_PERCENT,
                        pace.from() * PERMILLE_PER_PERCENT,
                        pace.to() * PERMILLE_PER_PERCENT),
                (int) whole(ConfigKey.TUNER_EPOCH_MINUTES) * SECONDS_PER_MINUTE,
                settings.shortMinutePriceMilliGibHours() / MILLI,
                usual.actPriceGibHours(),
                (double) value(ConfigKey.TUNER_SHORT_SHARE),
                usual.boldness(),
                usual.chanceMin(),
                usual.criticalPriority());
    }

    private void checkModel(String model) {
        boolean promoted = model.equals(Config.MODEL_PROMOTED);
        if (!promoted
                && !model.equals(Config.MODEL_SHIPPED)
                && !model.equals(Config.MODEL_NONE)
                && !model.endsWith(".onnx")) {
            fault(
                    ConfigKey.MODEL_PATH,
                    "is "
                            + model
                            + ", must be `promoted`, `shipped`, `none` or a file that ends in"
                            + " .onnx");
        }
        if (!promoted && whole(ConfigKey.MODEL_RETRAIN_HOURS) > 0) {
            fault(
                    ConfigKey.MODEL_RETRAIN_HOURS,
                    "is set, but model.path names the model itself; say promoted there, or 0 here");
        }
    }

    private void checkSocket(@Nullable Path socket) {
        if (socket == null) {
            return;
        }
        int lengthBytes = socket.toString().getBytes(StandardCharsets.UTF_8).length;
        if (lengthBytes > SOCKET_PATH_BYTES_MAX) {
            fault(
                    ConfigKey.CONTROL_SOCKET,
                    "is "
                            + lengthBytes
                            + " bytes long, must be at most "
                            + SOCKET_PATH_BYTES_MAX
                            + ": the kernel takes no longer socket path");
        }
    }

    private @Nullable VmPolicy policy(String where, Map<ConfigKey, Value> own, int line) {
        long floorMib = (long) valueOf(ConfigKey.POLICY_FLOOR_MIB, own);
        long ceilingMib = (long) valueOf(ConfigKey.POLICY_CEILING_MIB, own);
        if (ceilingMib < floorMib) {
            faults.add(
                    new Fault(
                            line,
                            where
                                    + ": ceiling-mib "
                                    + ceilingMib
                                    + " is below floor-mib "
                                    + floorMib
                                    + "; raise the ceiling or lower the floor"));
            return null;
        }
        String mode = (String) valueOf(ConfigKey.POLICY_MODE, own);
        return new VmPolicy(
                VmMode.valueOf(mode.toUpperCase(Locale.ROOT)),
                (int) (long) valueOf(ConfigKey.POLICY_PRIORITY, own),
                floorMib * Config.KIB_PER_MIB,
                ceilingMib == Long.MAX_VALUE ? Long.MAX_VALUE : ceilingMib * Config.KIB_PER_MIB);
    }

    private Map<ConfigKey, String> effective() {
        Map<ConfigKey, String> effective = new EnumMap<>(ConfigKey.class);
        for (ConfigKey key : ConfigKey.values()) {
            Value given = values.get(key);
            effective.put(key, given == null ? surroundings.defaultOf(key) : given.text());
        }
        return effective;
    }

    private @Nullable Path path(ConfigKey key) {
        try {
            return Path.of(text(key)).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            fault(key, "is not a path: " + e.getReason());
            return null;
        }
    }

    private String text(ConfigKey key) {
        return (String) value(key);
    }

    private long whole(ConfigKey key) {
        return (long) value(key);
    }

    private Object value(ConfigKey key) {
        return valueOf(key, Map.of());
    }

    private Object valueOf(ConfigKey key, Map<ConfigKey, Value> own) {
        Value given = own.getOrDefault(key, values.get(key));
        return given == null ? key.range().parse(surroundings.defaultOf(key)) : given.value();
    }

    private int line(ConfigKey key) {
        Value given = values.get(key);
        return given == null ? 0 : given.line();
    }

    private void fault(ConfigKey key, String rest) {
        faults.add(new Fault(line(key), key.path() + " " + rest));
    }
}
