package org.foreshape.daemon.config;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.event.VmPolicy;
import org.foreshape.shaping.ShapingSettings;
import org.foreshape.shaping.tuning.TunerSettings;
import org.jspecify.annotations.Nullable;

/**
 * The effective configuration of one run: checked as a whole, never changed.
 *
 * @param hypervisorUri libvirt URI, or {@value #EMBEDDED}
 * @param vmCountMax most VMs the engine holds
 * @param hostBudget what all VMs together may have
 * @param journalDirectory where the journal lies
 * @param journalSync when records are made durable
 * @param journalSyncIntervalMs the interval of that
 * @param journalRoll how much time goes into one of its files: hour or day
 * @param journalKeepDays how long its files are kept; 0: for ever
 * @param journalKeepMib how much of it is kept; 0: any amount
 * @param journalFreeMibMin what it leaves free on its file system
 * @param controlSocket where the daemon answers
 * @param attentionRoundsPerS sampling rounds a second for VMs that need more than one
 * @param callDeadlineMs time after which a call to the hypervisor counts as hung
 * @param model {@value #MODEL_PROMOTED}, {@value #MODEL_SHIPPED}, {@value #MODEL_NONE} or a path
 * @param modelDirectory where models are kept
 * @param modelRetrainHours hours from one training by schedule to the next; 0: none
 * @param modelRetrainOnDrift whether a model that drifted is trained anew
 * @param modelHeldBackMinutes how much of the newest journal a new model is judged on
 * @param falseAlarmDays days between two false alarms of drift, in the mean, at least; 0: the model
 *     is not watched
 * @param warmDirectory where what tasks read from their VMs' disks is kept
 * @param guestFiles folder with the lists of files that tasks read in guests; null: none
 * @param pagesMibPerS how fast acts on pages go at most; 0: no limit
 * @param pagesCpuPercent what making memory resident takes of the CPUs at most; 100: one
 * @param policy policy of a VM that has no entry of its own
 * @param vmPolicies policy by VM name
 * @param shaping what decides plans
 * @param tuner what the tuner may do; null: it is off
 * @param shapingGiven the keys of the section shaping that differ from their defaults
 * @param effective every key with its value, for printing
 */
public record Config(
        String hypervisorUri,
        int vmCountMax,
        MemoryBudget hostBudget,
        Path journalDirectory,
        String journalSync,
        long journalSyncIntervalMs,
        String journalRoll,
        long journalKeepDays,
        long journalKeepMib,
        long journalFreeMibMin,
        Path controlSocket,
        int attentionRoundsPerS,
        long callDeadlineMs,
        String model,
        Path modelDirectory,
        int modelRetrainHours,
        boolean modelRetrainOnDrift,
        int modelHeldBackMinutes,
        int falseAlarmDays,
        Path warmDirectory,
        @Nullable Path guestFiles,
        int pagesMibPerS,
        int pagesCpuPercent,
        VmPolicy policy,
        Map<String, VmPolicy> vmPolicies,
        ShapingSettings shaping,
        @Nullable TunerSettings tuner,
        Map<String, String> shapingGiven,
        Map<ConfigKey, String> effective) {
    /** Name of the hypervisor that needs nothing. */
    public static final String EMBEDDED = "embedded";

    /** What the directory of models says. */
    public static final String MODEL_PROMOTED = "promoted";

    /** The model that ships with the product. */
    public static final String MODEL_SHIPPED = "shipped";

    /** No model: the plain forecaster works alone. */
    public static final String MODEL_NONE = "none";

    /** No directory. */
    static final String NONE = "none";

    static final long KIB_PER_MIB = 1024;

    /** Copies the maps. */
    public Config {
        vmPolicies = Map.copyOf(vmPolicies);
        shapingGiven = new TreeMap<>(shapingGiven);
        effective = new EnumMap<>(effective);
    }

    /** The policy of a VM by its name. */
    public VmPolicy policyOf(String vmName) {
        return vmPolicies.getOrDefault(vmName, policy);
    }

    /** Every key and its value as a file that gives this configuration back. */
    public String print() {
        StringBuilder text = new StringBuilder(1024);
        String section = "";
        for (Map.Entry<ConfigKey, String> entry : effective.entrySet()) {
            ConfigKey key = entry.getKey();
            if (!key.section().equals(section)) {
                section = key.section();
                text.append(section).append(":\n");
            }
            text.append("  ").append(key.shortName()).append(": ").append(quoted(entry.getValue()));
            text.append(key.unit().isEmpty() ? "" : "  # " + key.unit()).append('\n');
        }
        if (!shapingGiven.isEmpty()) {
            text.append("shaping:\n");
            shapingGiven.forEach(
                    (key, value) -> text.append("  %s: %s\n".formatted(key, quoted(value))));
        }
        if (!vmPolicies.isEmpty()) {
            text.append("vms:\n");
            vmPolicies.keySet().stream().sorted().forEach(name -> printVm(text, name));
        }
        return text.toString();
    }

    private void printVm(StringBuilder text, String name) {
        VmPolicy vm = policyOf(name);
        text.append("  ").append(quoted(name)).append(":\n");
        text.append("    mode: ").append(word(vm.mode())).append('\n');
        text.append("    priority: ").append(vm.priority()).append('\n');
        text.append("    floor-mib: ").append(vm.floorKib() / KIB_PER_MIB).append('\n');
        text.append("    ceiling-mib: ").append(ceilingText(vm.ceilingKib())).append('\n');
    }

    private static String ceilingText(long ceilingKib) {
        return ceilingKib == Long.MAX_VALUE
                ? ValueRange.MibOrMaxRange.MAX_WORD
                : Long.toString(ceilingKib / KIB_PER_MIB);
    }

    /** A mode as the configuration and the command line write it. */
    public static String word(VmMode mode) {
        return mode.name().toLowerCase(java.util.Locale.ROOT);
    }

    private static String quoted(String value) {
        return value.matches("[A-Za-z0-9._/%-]+") ? value : '"' + escape(value) + '"';
    }

    private static String escape(String value) {
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }
}
