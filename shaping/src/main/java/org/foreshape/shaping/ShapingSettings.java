package org.foreshape.shaping;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Everything that decides plans besides the events. The same settings and events give the same
 * plans, so the text form is kept in the journal.
 *
 * @param objective what a division of scarce memory serves first
 * @param priorityWeight of that objective in a blend
 * @param utilizationWeight likewise
 * @param fragmentationWeight likewise
 * @param reclaimWhenAmple whether idle memory is taken though nobody else needs it
 * @param shortMinutePriceMilliGibHours how many thousandths of a GiB hour of slack one short minute
 *     of a VM of priority 5 is worth
 * @param marginFloorKib least usable memory that a VM keeps on top of its use
 * @param marginPermille the same, in thousandths of its use; the greater counts
 * @param lowWaterFloorKib a VM with less usable memory than this is starved
 * @param lowWaterPermille the same, in thousandths of its allocation; the greater counts
 * @param starvedGrowthPermille a starved VM gets this much of its use on top of it
 * @param starvedStepKib and at least this much
 * @param fastFallKibPerS usable memory that falls at least so fast, and
 * @param exhaustionNs would be gone within this time, is an emergency
 * @param fastGrantKib least grant on top of use and margin in an emergency
 * @param leadNs time from seeing a need to memory landing in the guest
 * @param taskLeadNs time by which memory is there before an announced task starts
 * @param ampleHeadroomKib what a VM keeps above its want while nobody else needs it
 * @param amplePaceKibPerS how fast idle memory is taken while nobody needs it
 * @param poolKib what lies free of the budget at least, so that an emergency is served at once;
 *     more where forecasts hold a greater surprise for likely, and at most a quarter of the budget
 * @param riskPermille chance, in thousandths, at which all VMs together may need more within five
 *     minutes than they have and lies free; 0: no more lies free than for one VM
 * @param hostReserveKib what the host keeps of its memory when no budget is set
 * @param shrinkPaceKibPerS how fast guests give back; a VM is never shrunk faster
 * @param shrinkStepKib most that one act takes from a VM
 * @param shrinkBurstKib the same while another VM is in an emergency
 * @param growPaceKibPerS how fast guests take, until it is observed
 * @param bandKib a growth smaller than this is not made without need
 * @param bandPermille the same, in thousandths of the allocation; the greater counts
 * @param shrinkBandKib a shrink smaller than this is not made without need
 * @param shrinkBandPermille the same, in thousandths of the allocation; the greater counts
 * @param staleNs guest statistics older than this are not believed
 * @param uncooperativeNs a guest that gives nothing for so long is uncooperative
 * @param backoffNs how long it is then left alone, doubling each time
 * @param backoffNsMax at most
 * @param retractHeadroomKib what an uncooperative guest gets above what it has
 * @param changesPerHourMax acts on one VM in an hour, emergencies not counted
 * @param actDeadlineNs an act that has not started after this time is dropped
 * @param inFlightNsMax an act without an outcome after this time is taken as lost
 * @param restoreNsMax how long a restore may try
 * @param prefaultLeastKib least part of a grant that is made resident ahead of its use; 0 for never
 * @param prefaultPaceKibPerS how fast memory is made resident, until it is observed
 * @param sculptChurnKib what a balloon has moved before a VM's memory is brought together again; 0
 *     for never
 * @param sculptRestNs least time between two such acts on a VM
 * @param prewarmPaceKibPerS how fast what a task will read from its disks is loaded before, until
 *     it is observed; 0 for never
 * @param reclaimIdleNs how long a VM must be idle before its memory is made the first to go under
 *     pressure, and swapped out where there is swap; 0 for never
 */
public record ShapingSettings(
        Objective objective,
        long priorityWeight,
        long utilizationWeight,
        long fragmentationWeight,
        boolean reclaimWhenAmple,
        long shortMinutePriceMilliGibHours,
        long marginFloorKib,
        long marginPermille,
        long lowWaterFloorKib,
        long lowWaterPermille,
        long starvedGrowthPermille,
        long starvedStepKib,
        long fastFallKibPerS,
        long exhaustionNs,
        long fastGrantKib,
        long leadNs,
        long taskLeadNs,
        long ampleHeadroomKib,
        long amplePaceKibPerS,
        long poolKib,
        long riskPermille,
        long hostReserveKib,
        long shrinkPaceKibPerS,
        long shrinkStepKib,
        long shrinkBurstKib,
        long growPaceKibPerS,
        long bandKib,
        long bandPermille,
        long shrinkBandKib,
        long shrinkBandPermille,
        long staleNs,
        long uncooperativeNs,
        long backoffNs,
        long backoffNsMax,
        long retractHeadroomKib,
        long changesPerHourMax,
        long actDeadlineNs,
        long inFlightNsMax,
        long restoreNsMax,
        long prefaultLeastKib,
        long prefaultPaceKibPerS,
        long sculptChurnKib,
        long sculptRestNs,
        long prewarmPaceKibPerS,
        long reclaimIdleNs) {

    private static final long MIB = 1024;
    private static final long SECOND_NS = 1_000_000_000L;

    /** A value above this one is a mistake of unit; sums of two stay far from overflow. */
    private static final long VALUE_MAX = 1L << 53;

    private static final ShapingSettings DEFAULTS =
            new ShapingSettings(
                    Objective.PRIORITIZE_HIGH_PRIORITY,
                    1,
                    1,
                    1,
                    true,
                    12_000,
                    64 * MIB,
                    80,
                    24 * MIB,
                    50,
                    200,
                    128 * MIB,
                    32 * MIB,
                    2 * SECOND_NS,
                    256 * MIB,
                    600_000_000L,
                    5 * SECOND_NS,
                    192 * MIB,
                    32 * MIB,
                    128 * MIB,
                    0,
                    1024 * MIB,
                    130 * MIB,
                    128 * MIB,
                    256 * MIB,
                    500 * MIB,
                    16 * MIB,
                    30,
                    32 * MIB,
                    50,
                    3 * SECOND_NS,
                    4 * SECOND_NS,
                    30 * SECOND_NS,
                    3600 * SECOND_NS,
                    32 * MIB,
                    600,
                    2 * SECOND_NS,
                    60 * SECOND_NS,
                    600 * SECOND_NS,
                    16 * MIB,
                    512 * MIB,
                    256 * MIB,
                    60 * SECOND_NS,
                    128 * MIB,
                    0);

    /** Absent from journals that are older than the acts they switch on. */
    private static final List<String> ABSENT_MEANS_ZERO =
            List.of("riskPermille", "prefaultLeastKib", "sculptChurnKib", "prewarmPaceKibPerS");

    /** Checks every value and the relations between them, and names all faults at once. */
    public ShapingSettings {
        List<String> faults = new ArrayList<>();
        notNegative(faults, "priorityWeight", priorityWeight);
        notNegative(faults, "utilizationWeight", utilizationWeight);
        notNegative(faults, "fragmentationWeight", fragmentationWeight);
        if (priorityWeight + utilizationWeight + fragmentationWeight == 0) {
            faults.add(
                    "priorityWeight, utilizationWeight and fragmentationWeight are all 0, one must"
                            + " be more");
        }
        positive(faults, "shortMinutePriceMilliGibHours", shortMinutePriceMilliGibHours);
        positive(faults, "marginFloorKib", marginFloorKib);
        notNegative(faults, "marginPermille", marginPermille);
        notNegative(faults, "lowWaterFloorKib", lowWaterFloorKib);
        notNegative(faults, "lowWaterPermille", lowWaterPermille);
        notNegative(faults, "starvedGrowthPermille", starvedGrowthPermille);
        positive(faults, "starvedStepKib", starvedStepKib);
        positive(faults, "fastFallKibPerS", fastFallKibPerS);
        notNegative(faults, "exhaustionNs", exhaustionNs);
        notNegative(faults, "fastGrantKib", fastGrantKib);
        notNegative(faults, "leadNs", leadNs);
        notNegative(faults, "taskLeadNs", taskLeadNs);
        notNegative(faults, "ampleHeadroomKib", ampleHeadroomKib);
        positive(faults, "amplePaceKibPerS", amplePaceKibPerS);
        notNegative(faults, "poolKib", poolKib);
        notNegative(faults, "riskPermille", riskPermille);
        notNegative(faults, "hostReserveKib", hostReserveKib);
        positive(faults, "shrinkPaceKibPerS", shrinkPaceKibPerS);
        positive(faults, "shrinkStepKib", shrinkStepKib);
        positive(faults, "growPaceKibPerS", growPaceKibPerS);
        notNegative(faults, "bandKib", bandKib);
        notNegative(faults, "bandPermille", bandPermille);
        notNegative(faults, "shrinkBandKib", shrinkBandKib);
        notNegative(faults, "shrinkBandPermille", shrinkBandPermille);
        positive(faults, "staleNs", staleNs);
        positive(faults, "uncooperativeNs", uncooperativeNs);
        positive(faults, "backoffNs", backoffNs);
        notNegative(faults, "retractHeadroomKib", retractHeadroomKib);
        positive(faults, "changesPerHourMax", changesPerHourMax);
        positive(faults, "actDeadlineNs", actDeadlineNs);
        positive(faults, "inFlightNsMax", inFlightNsMax);
        positive(faults, "restoreNsMax", restoreNsMax);
        notNegative(faults, "prefaultLeastKib", prefaultLeastKib);
        positive(faults, "prefaultPaceKibPerS", prefaultPaceKibPerS);
        notNegative(faults, "sculptChurnKib", sculptChurnKib);
        notNegative(faults, "sculptRestNs", sculptRestNs);
        notNegative(faults, "prewarmPaceKibPerS", prewarmPaceKibPerS);
        notNegative(faults, "reclaimIdleNs", reclaimIdleNs);
        atLeast(faults, "shrinkBurstKib", shrinkBurstKib, "shrinkStepKib", shrinkStepKib);
        atLeast(faults, "backoffNsMax", backoffNsMax, "backoffNs", backoffNs);
        atLeast(faults, "marginFloorKib", marginFloorKib, "lowWaterFloorKib", lowWaterFloorKib);
        atLeast(faults, "marginPermille", marginPermille, "lowWaterPermille", lowWaterPermille);
        if (riskPermille >= 500) {
            faults.add("riskPermille is " + riskPermille + ", must be below 500");
        }
        if (marginPermille > 1000 || lowWaterPermille > 900) {
            faults.add("marginPermille must be at most 1000 and lowWaterPermille at most 900");
        }
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException("shaping settings: " + String.join("; ", faults));
        }
    }

    /** The settings that are used when nothing is configured. */
    public static ShapingSettings defaults() {
        return DEFAULTS;
    }

    /**
     * These settings with one value changed.
     *
     * @param key name of a component of this record
     * @param value of it; words as the configuration or as Java has them
     * @throws IllegalArgumentException naming the key or value that cannot be
     */
    public ShapingSettings with(String key, String value) {
        RecordComponent[] components = ShapingSettings.class.getRecordComponents();
        Object[] values = new Object[components.length];
        Class<?>[] types = new Class<?>[components.length];
        boolean known = false;
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            if (components[i].getName().equals(key)) {
                values[i] = read(types[i], key, value.strip());
                known = true;
            } else {
                values[i] = get(components[i]);
            }
        }
        if (!known) {
            throw new IllegalArgumentException("shaping settings: there is no '" + key + "'");
        }
        return construct(types, values);
    }

    /**
     * These settings with some values changed, all at once.
     *
     * @param changes values by key
     * @throws IllegalArgumentException naming the key or value that cannot be
     */
    public ShapingSettings with(Map<String, String> changes) {
        StringBuilder text = new StringBuilder(toText());
        changes.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
        return parse(text.toString());
    }

    /** As {@link #with(String, String)}, for a number. */
    public ShapingSettings with(String key, long value) {
        return with(key, Long.toString(value));
    }

    /**
     * These settings for an engine whose time runs {@code speed} times as fast as the machine's:
     * what takes a second of the machine's time takes {@code speed} seconds of the engine's.
     */
    public ShapingSettings atSpeed(double speed) {
        if (!(speed > 0) || Double.isInfinite(speed)) {
            throw new IllegalArgumentException("speed is " + speed + ", must be above 0");
        }
        ShapingSettings scaled = this;
        for (String duration :
                List.of(
                        "staleNs",
                        "exhaustionNs",
                        "leadNs",
                        "uncooperativeNs",
                        "actDeadlineNs",
                        "inFlightNsMax",
                        "sculptRestNs",
                        "reclaimIdleNs")) {
            scaled = scaled.with(duration, scale(get(duration), speed));
        }
        for (String pace :
                List.of(
                        "fastFallKibPerS",
                        "amplePaceKibPerS",
                        "shrinkPaceKibPerS",
                        "growPaceKibPerS",
                        "prefaultPaceKibPerS",
                        "prewarmPaceKibPerS")) {
            scaled = scaled.with(pace, scale(get(pace), 1 / speed));
        }
        return scaled;
    }

    /** One line {@code key=value} for each setting, in a fixed order; the keys end in the unit. */
    public String toText() {
        StringBuilder text = new StringBuilder(1200);
        for (RecordComponent component : ShapingSettings.class.getRecordComponents()) {
            text.append(component.getName()).append('=').append(get(component)).append('\n');
        }
        return text.toString();
    }

    /**
     * Reads the form that {@link #toText} writes. A key that is not there has its default, or is 0
     * where older journals were written without the act that it switches on; empty lines and lines
     * that start with # are skipped.
     *
     * @throws IllegalArgumentException naming the line that cannot be read
     */
    public static ShapingSettings parse(String text) {
        List<String> keys = new ArrayList<>();
        List<String> values = new ArrayList<>();
        text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .forEach(line -> {
                    int equals = line.indexOf('=');
                    if (equals < 0) {
                        throw new IllegalArgumentException(
                                "shaping settings: '" + line + "' is not key=value");
                    }
                    keys.add(line.substring(0, equals).strip());
                    values.add(line.substring(equals + 1).strip());
                });
        RecordComponent[] components = ShapingSettings.class.getRecordComponents();
        Object[] arguments = new Object[components.length];
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            int at = keys.lastIndexOf(components[i].getName());
            if (at >= 0) {
                arguments[i] = read(types[i], keys.get(at), values.get(at));
            } else {
                boolean zero = ABSENT_MEANS_ZERO.contains(components[i].getName());
                arguments[i] = zero ? Long.valueOf(0) : DEFAULTS.get(components[i]);
            }
        }
        for (String key : keys) {
            DEFAULTS.get(key);
        }
        return construct(types, arguments);
    }

    private static ShapingSettings construct(Class<?>[] types, Object[] arguments) {
        try {
            return ShapingSettings.class.getDeclaredConstructor(types).newInstance(arguments);
        } catch (InvocationTargetException e) {
            if (e.getTargetException() instanceof IllegalArgumentException fault) {
                throw fault;
            }
            throw new IllegalStateException("a record whose constructor fails", e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a record without its constructor", e);
        }
    }

    /** What is switched off by a 0 stays off. */
    private static long scale(Object value, double factor) {
        long plain = (Long) value;
        return plain == 0 ? 0 : Math.max(1, (long) (plain * factor));
    }

    private Object get(String key) {
        for (RecordComponent component : ShapingSettings.class.getRecordComponents()) {
            if (component.getName().equals(key)) {
                return get(component);
            }
        }
        throw new IllegalArgumentException("shaping settings: there is no '" + key + "'");
    }

    private Object get(RecordComponent component) {
        try {
            return component.getAccessor().invoke(this);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a record without an accessor", e);
        }
    }

    private static Object read(Class<?> type, String key, String value) {
        try {
            if (type == Objective.class) {
                return Objective.valueOf(value.toUpperCase(Locale.ROOT).replace('-', '_'));
            }
            if (type == boolean.class && (value.equals("true") || value.equals("false"))) {
                return Boolean.valueOf(value);
            }
            if (type == long.class) {
                return Long.valueOf(value);
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "shaping settings: " + key + " cannot be '" + value + "'", e);
        }
        throw new IllegalArgumentException(
                "shaping settings: " + key + " cannot be '" + value + "'");
    }

    private static void positive(List<String> faults, String key, long value) {
        if (value < 1 || value > VALUE_MAX) {
            faults.add(key + " is " + value + ", must be 1 to " + VALUE_MAX);
        }
    }

    private static void notNegative(List<String> faults, String key, long value) {
        if (value < 0 || value > VALUE_MAX) {
            faults.add(key + " is " + value + ", must be 0 to " + VALUE_MAX);
        }
    }

    private static void atLeast(
            List<String> faults, String key, long value, String otherKey, long other) {
        if (value < other || value > VALUE_MAX) {
            faults.add(key + " is " + value + ", must be at least " + otherKey + " = " + other);
        }
    }
}
