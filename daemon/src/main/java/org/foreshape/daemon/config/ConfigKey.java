package org.foreshape.daemon.config;

import java.util.List;
import org.foreshape.daemon.config.ValueRange.BudgetRange;
import org.foreshape.daemon.config.ValueRange.ChoiceRange;
import org.foreshape.daemon.config.ValueRange.DecimalRange;
import org.foreshape.daemon.config.ValueRange.MibOrMaxRange;
import org.foreshape.daemon.config.ValueRange.SpanRange;
import org.foreshape.daemon.config.ValueRange.TextRange;
import org.foreshape.daemon.config.ValueRange.WholeRange;

/**
 * Every key of the configuration: name, unit, default, range and meaning, in this one place. The
 * reader checks against this table, and the documentation is generated from it.
 */
public enum ConfigKey {
    /** Which hypervisor. */
    HYPERVISOR_URI(
            "hypervisor.uri",
            "",
            "qemu:///system",
            new TextRange("a libvirt URI, or `embedded`"),
            "Which hypervisor to shape: a libvirt connection, or `embedded` for guests that are"
                    + " plain memory of this process."),
    /** Most VMs. */
    HYPERVISOR_VM_COUNT_MAX(
            "hypervisor.vm-count-max",
            "VMs",
            "64",
            new WholeRange(1, 1024),
            "Most VMs the engine holds; all its arrays are allocated for so many at start. Further"
                    + " VMs are left alone, and this is said."),
    /** Time after which a call counts as hung. */
    HYPERVISOR_CALL_DEADLINE_MS(
            "hypervisor.call-deadline-ms",
            "ms",
            "1000",
            new WholeRange(100, 60_000),
            "A call to libvirt that takes longer counts as hung, and another thread goes on"
                    + " without it."),
    /** Budget of the host. */
    HOST_BUDGET(
            "host.budget",
            "MiB, GiB or %",
            "80%",
            new BudgetRange(),
            "What all VMs together may have; a percentage is of the host's memory."),
    /** Where the journal lies. */
    JOURNAL_DIRECTORY(
            "journal.directory",
            "",
            "/var/lib/foreshape/journal; for an ordinary user"
                    + " $XDG_STATE_HOME/foreshape/journal",
            new TextRange("a directory"),
            "Where every event, forecast, plan, intent and outcome is recorded."),
    /** When records are made durable. */
    JOURNAL_SYNC(
            "journal.sync",
            "",
            "interval",
            new ChoiceRange(List.of("none", "interval", "batch")),
            "When records are made durable against a loss of power (all survive the death of this"
                    + " process): `none` leaves it to the kernel, `interval` once in each interval,"
                    + " `batch` after every batch of events."),
    /** Time between two syncs. */
    JOURNAL_SYNC_INTERVAL_MS(
            "journal.sync-interval-ms",
            "ms",
            "1000",
            new WholeRange(10, 600_000),
            "The interval, where `sync` is `interval`."),
    /** How much time goes into a file. */
    JOURNAL_ROLL(
            "journal.roll",
            "",
            "hour",
            new ChoiceRange(List.of("hour", "day")),
            "How much time goes into one file (UTC). Files are removed whole. A journal keeps what"
                    + " it was made with."),
    /** How long files are kept. */
    JOURNAL_KEEP_DAYS(
            "journal.keep-days",
            "days",
            "30",
            new WholeRange(0, 36_500),
            "Files older than this are removed while the daemon runs; 0 keeps them for ever. What"
                    + " VMs had before any run is not forgotten with them."),
    /** How much is kept. */
    JOURNAL_KEEP_MIB(
            "journal.keep-mib",
            "MiB",
            "0",
            new WholeRange(0, 1L << 40),
            "The oldest files are removed when the journal takes up more than this on the disk; 0"
                    + " allows any amount. The newest file always stays."),
    /** What is left to others on the disk. */
    JOURNAL_FREE_MIB_MIN(
            "journal.free-mib-min",
            "MiB",
            "64",
            new WholeRange(0, 1L << 40),
            "The journal takes no room that would leave less than this on its file system. When its"
                    + " room runs out plans are only recommended, until there is room again."),
    /** Where commands reach the daemon. */
    CONTROL_SOCKET(
            "control.socket",
            "",
            "/run/foreshape/control.sock; for an ordinary user"
                    + " $XDG_RUNTIME_DIR/foreshape/control.sock",
            new TextRange("a path of at most 90 bytes"),
            "Unix socket (mode 0600) on which the daemon answers the other commands."),
    /** Budget of sampling more often. */
    ATTENTION_ROUNDS_PER_S(
            "attention.rounds-per-s",
            "rounds/s",
            "40",
            new WholeRange(0, 10_000),
            "Every VM is sampled once a second. So many rounds more go to the VMs that are nearest"
                    + " to their edge, up to 10 a second each; a round is about 6 ms of libvirtd."
                    + " 0 turns it off."),
    /** Model file. */
    MODEL_PATH(
            "model.path",
            "",
            "promoted",
            new TextRange("`promoted`, `shipped`, `none` or the path of an .onnx file"),
            "The forecasting model: the one that is promoted in `directory` (the one that ships with"
                    + " Foreshape until another is), the shipped one, none (the plain forecaster"
                    + " works alone), or a file that `foreshape train` wrote, with its manifest"
                    + " beside it. Only `promoted` is trained anew."),
    /** Where models are kept. */
    MODEL_DIRECTORY(
            "model.directory",
            "",
            "models",
            new TextRange("a directory; a relative one lies beside the journal's"),
            "Where models are kept, and which of them is promoted (`foreshape models`)."),
    /** Trainings by schedule. */
    MODEL_RETRAIN_HOURS(
            "model.retrain-hours",
            "hours",
            "0",
            new WholeRange(0, 8760),
            "How long after the last training a model is trained anew on the journal; 0: not by"
                    + " schedule."),
    /** Trainings by drift. */
    MODEL_RETRAIN_ON_DRIFT(
            "model.retrain-on-drift",
            "",
            ConfigKey.ON,
            new ChoiceRange(List.of("off", ConfigKey.ON)),
            "`on` trains a model anew when the one at work has lost against the plain forecaster."),
    /** What a candidate is judged on. */
    MODEL_HELD_BACK_MINUTES(
            "model.held-back-minutes",
            "minutes",
            "60",
            new WholeRange(20, 10_080),
            "How much of the newest journal a new model is not trained on, but judged on: it takes"
                    + " the place of the one at work only when it is better there."),
    /** Days between two false alarms of drift. */
    MODEL_FALSE_ALARM_DAYS(
            "model.false-alarm-days",
            "days",
            "7",
            new WholeRange(0, 36_500),
            "The plain forecaster speaks in the place of the model where that is out of its bounds:"
                    + " while it is within them, at least so many days lie between two false alarms,"
                    + " in the mean, for each VM and for all together. 0: the model is not"
                    + " watched."),
    /** Where what tasks read is kept. */
    PREWARM_DIRECTORY(
            "prewarm.directory",
            "",
            "warm",
            new TextRange("a directory; a relative one lies beside the journal's"),
            "Where it is kept what the tasks of each type read from their VMs' disks."),
    /** Lists of files in guests. */
    PREWARM_GUEST_FILES(
            "prewarm.guest-files",
            "",
            "none",
            new TextRange("`none` or a directory"),
            "A directory with a file `TYPE.list` for each task type whose files shall be read in"
                    + " the guest, by the guest agent, before such a task starts: one absolute path"
                    + " of the guest a line."),
    /** Whether VMs are tuned. */
    TUNER_MODE(
            "tuner.mode",
            "",
            "off",
            new ChoiceRange(List.of("off", ConfigKey.ON)),
            "`on` tries, on each VM in mode enforce and below priority 9, factors of what section"
                    + " shaping says, learns what they cost and keeps to what is cheap."),
    /** How long a factor is kept. */
    TUNER_EPOCH_MINUTES(
            "tuner.epoch-minutes",
            "minutes",
            "60",
            new WholeRange(1, 1440),
            "How long a VM keeps what is tried before it is judged."),
    /** Stated risk of the tuner. */
    TUNER_SHORT_SHARE(
            "tuner.short-share",
            "",
            "0",
            new DecimalRange(0, .5),
            "Share of the time for which VMs may be short: the tuner takes short minutes for dearer"
                    + " while it is exceeded. 0 leaves them at shortMinutePriceMilliGibHours."),
    /** Bounds of the price. */
    TUNER_PRICE_PERCENT(
            "tuner.price-percent",
            "%",
            "25-400",
            new SpanRange(1, 10_000),
            "From which to which factor of shortMinutePriceMilliGibHours may be tried."),
    /** Bounds of the margin. */
    TUNER_MARGIN_PERCENT(
            "tuner.margin-percent",
            "%",
            "100-200",
            new SpanRange(1, 10_000),
            "Likewise of the reactive margin (marginFloorKib, marginPermille)."),
    /** Bounds of the lead. */
    TUNER_LEAD_PERCENT(
            "tuner.lead-percent", "%", "100-200", new SpanRange(1, 10_000), "Likewise of leadNs."),
    /** Bounds of the pace. */
    TUNER_PACE_PERCENT(
            "tuner.pace-percent",
            "%",
            "50-100",
            new SpanRange(1, 10_000),
            "Likewise of shrinkPaceKibPerS."),
    /** How fast acts on pages go. */
    PAGES_MIB_PER_S(
            "pages.mib-per-s",
            "MiB/s",
            "1024",
            new WholeRange(0, 1L << 20),
            "How fast an act on a VM's pages goes at most: making memory resident, moving it,"
                    + " gathering it into huge pages. 0 sets no limit."),
    /** CPUs of an act that makes memory resident. */
    PAGES_CPU_PERCENT(
            "pages.cpu-percent",
            "% of a CPU",
            "50",
            new WholeRange(1, 6400),
            "What an act that makes memory resident takes of the host's CPUs at most. Above 100 it"
                    + " uses as many threads, never more than the host has CPUs."),
    /** Mode of a VM. */
    POLICY_MODE(
            "policy.mode",
            "",
            "recommend",
            new ChoiceRange(List.of("observe", "recommend", "enforce")),
            "How far the engine may go: `observe` only watches, `recommend` plans and journals,"
                    + " `enforce` acts."),
    /** Priority of a VM. */
    POLICY_PRIORITY(
            "policy.priority",
            "",
            "5",
            new WholeRange(0, 9),
            "Who gives way when memory is short: 0 first, 9 last."),
    /** Floor of a VM. */
    POLICY_FLOOR_MIB(
            "policy.floor-mib",
            "MiB",
            "256",
            new WholeRange(0, 1L << 30),
            "Never less than this, whatever the host's pressure."),
    /** Ceiling of a VM. */
    POLICY_CEILING_MIB(
            "policy.ceiling-mib",
            "MiB",
            "max",
            new MibOrMaxRange(1, 1L << 30),
            "Never more than this; `max` is whatever the VM can have without a reboot.");

    /** The word for what is switched on. */
    static final String ON = "on";

    private final String path;
    private final String unit;
    private final String defaultText;

    @SuppressWarnings("Immutable") // Every range is a record of immutable values.
    private final ValueRange range;

    private final String meaning;

    ConfigKey(String path, String unit, String defaultText, ValueRange range, String meaning) {
        this.path = path;
        this.unit = unit;
        this.defaultText = defaultText;
        this.range = range;
        this.meaning = meaning;
    }

    /** Section and name, as in {@code journal.directory}. */
    public String path() {
        return path;
    }

    /** The section it stands in. */
    public String section() {
        return path.substring(0, path.indexOf('.'));
    }

    /** Its name within the section. */
    public String shortName() {
        return path.substring(path.indexOf('.') + 1);
    }

    /** Its unit, empty for none. */
    public String unit() {
        return unit;
    }

    /** The default as written in a file; for paths that depend on the user, in words. */
    public String defaultText() {
        return defaultText;
    }

    /** Its range in words. */
    public String rangeText() {
        return range.describe();
    }

    /** What it means. */
    public String meaning() {
        return meaning;
    }

    /** Whether it may also stand under {@code vms: NAME:} for one VM. */
    public boolean perVm() {
        return path.startsWith("policy.");
    }

    ValueRange range() {
        return range;
    }
}
