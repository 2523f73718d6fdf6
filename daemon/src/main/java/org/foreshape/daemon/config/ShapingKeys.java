package org.foreshape.daemon.config;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.foreshape.daemon.config.ConfigReader.Value;
import org.foreshape.daemon.fault.NearNames;
import org.foreshape.shaping.ShapingSettings;

/**
 * The keys of the section {@code shaping:}. Their names, defaults and checks are those of {@link
 * ShapingSettings}; here stands what each means. The unit is the end of the name.
 */
public final class ShapingKeys {
    /** Name of the section. */
    static final String SECTION = "shaping";

    private static final String TABLE =
            """
            objective|what a division of scarce memory serves first: prioritize-high-priority, \
            maximize-utilization, minimize-fragmentation or blend
            priorityWeight|weight of prioritize-high-priority in a blend
            utilizationWeight|weight of maximize-utilization in a blend
            fragmentationWeight|weight of minimize-fragmentation in a blend
            reclaimWhenAmple|whether idle memory is taken though nobody else needs it
            shortMinutePriceMilliGibHours|the price of risk: how many thousandths of a GiB hour of \
            slack one short minute of a VM of priority 5 is worth
            marginFloorKib|least usable memory that a VM keeps on top of its use
            marginPermille|the same, in thousandths of its use; the greater counts
            lowWaterFloorKib|a VM with less usable memory than this is starved
            lowWaterPermille|the same, in thousandths of its allocation; the greater counts
            starvedGrowthPermille|a starved VM gets this share of its use on top of it
            starvedStepKib|and at least this much
            fastFallKibPerS|usable memory that falls so fast and would be gone soon is an emergency
            exhaustionNs|what soon means there
            fastGrantKib|least grant on top of use and margin in an emergency
            leadNs|time from seeing a need to memory landing in the guest
            taskLeadNs|time by which memory is there before an announced task starts
            ampleHeadroomKib|what a VM keeps above its want while nobody else needs it
            amplePaceKibPerS|how fast idle memory is taken while nobody needs it
            poolKib|what idle VMs leave free of the budget for emergencies; at most an eighth of it
            riskPermille|the stated risk: chance, in thousandths, at which all VMs together may need \
            more within five minutes than they have and lies free; 0: only the greatest likely \
            surprise of one VM lies free
            hostReserveKib|what the host keeps when no budget is set
            shrinkPaceKibPerS|how fast guests give back; a VM is never shrunk faster
            shrinkStepKib|most that one act takes from a VM
            shrinkBurstKib|the same while another VM is in an emergency
            growPaceKibPerS|how fast guests take, until it is observed
            bandKib|a growth smaller than this is not made without need
            bandPermille|the same, in thousandths of the allocation; the greater counts
            shrinkBandKib|a shrink smaller than this is not made without need
            shrinkBandPermille|the same, in thousandths of the allocation; the greater counts
            staleNs|guest statistics older than this are not believed
            uncooperativeNs|a guest that gives nothing for so long is uncooperative
            backoffNs|how long it is then left alone, doubling each time
            backoffNsMax|at most
            retractHeadroomKib|what an uncooperative guest gets above what it has
            changesPerHourMax|acts on one VM in an hour, emergencies not counted
            actDeadlineNs|an act that has not started after this time is dropped
            inFlightNsMax|an act without an outcome after this time is taken as lost
            restoreNsMax|how long a restore may try
            prefaultLeastKib|least part of a grant made resident ahead of its use; 0 for never
            prefaultPaceKibPerS|how fast memory is made resident, until it is observed
            sculptChurnKib|what a balloon moves before memory is brought together again; 0 for never
            sculptRestNs|least time between two such acts on a VM
            prewarmPaceKibPerS|how fast what a task will read from its disks is loaded before, \
            until it is observed; 0 for never
            reclaimIdleNs|how long a VM must be idle before its memory is made the first to go \
            under pressure, and swapped out where there is swap; 0 for never
            """;

    private ShapingKeys() {}

    /** Names in the order of the record. */
    public static List<String> names() {
        return Arrays.stream(ShapingSettings.class.getRecordComponents())
                .map(RecordComponent::getName)
                .toList();
    }

    /** What each name means. */
    static Map<String, String> meanings() {
        Map<String, String> meanings = new TreeMap<>();
        TABLE.lines()
                .forEach(line -> {
                    int bar = line.indexOf('|');
                    meanings.put(line.substring(0, bar), line.substring(bar + 1));
                });
        return meanings;
    }

    /** The default of each name. */
    static Map<String, String> defaults() {
        Map<String, String> defaults = new TreeMap<>();
        ShapingSettings.defaults()
                .toText()
                .lines()
                .forEach(line -> {
                    int equals = line.indexOf('=');
                    defaults.put(line.substring(0, equals), line.substring(equals + 1));
                });
        return defaults;
    }

    /** The settings that the values make; every fault is added, and then the answer is useless. */
    static ShapingSettings conclude(Map<String, Value> values, List<Fault> faults) {
        // The defaults first: to the parser, an act that is not named is one of an older journal.
        StringBuilder text = new StringBuilder(ShapingSettings.defaults().toText());
        int before = faults.size();
        values.forEach((name, value) -> append(text, name, value, faults));
        if (faults.size() > before) {
            return ShapingSettings.defaults();
        }
        try {
            return ShapingSettings.parse(text.toString());
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage()).replace("shaping settings: ", "");
            for (String sentence : message.split("; ", -1)) {
                Value named = values.get(sentence.split(" ", 2)[0]);
                faults.add(new Fault(named == null ? 0 : named.line(), SECTION + "." + sentence));
            }
            return ShapingSettings.defaults();
        }
    }

    private static void append(StringBuilder text, String name, Value value, List<Fault> faults) {
        String given = value.text().strip();
        String standard = defaults().get(name);
        if (standard == null) {
            faults.add(
                    new Fault(
                            value.line(),
                            "there is no key shaping."
                                    + name
                                    + "; "
                                    + NearNames.hint(name, names())));
            return;
        }
        boolean number = standard.matches("[0-9]+");
        boolean fits =
                number
                        ? given.matches("[0-9]{1,16}")
                        : !standard.matches("true|false") || given.matches("true|false");
        if (!fits) {
            faults.add(
                    new Fault(
                            value.line(),
                            "shaping."
                                    + name
                                    + " is "
                                    + given
                                    + ", must be "
                                    + (number ? "a whole number" : "true or false")));
            return;
        }
        text.append(name).append('=').append(given).append('\n');
    }

    /** The rows of the documentation. */
    static List<String> rows() {
        Map<String, String> meanings = meanings();
        Map<String, String> defaults = defaults();
        List<String> rows = new ArrayList<>();
        for (String name : names()) {
            rows.add(
                    "| `%s` | %s | %s |"
                            .formatted(name, defaults.get(name), meanings.getOrDefault(name, "")));
        }
        return rows;
    }
}
