package org.foreshape.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.foreshape.bench.HorizonLosses.Lost;
import org.foreshape.bench.RetrainGuests.Law;
import org.foreshape.daemon.engine.Engine;
import org.foreshape.daemon.engine.EngineSpec;
import org.foreshape.daemon.engine.ModelKeeping;
import org.foreshape.daemon.engine.RunSettings;
import org.foreshape.daemon.models.KeeperSettings;
import org.foreshape.daemon.models.ModelKeeper;
import org.foreshape.hypervisor.embedded.EmbeddedHypervisor;
import org.foreshape.hypervisor.embedded.EmbeddedOptions;
import org.foreshape.hypervisor.embedded.GuestSpec;
import org.foreshape.inference.DemandForecaster;
import org.foreshape.inference.DriftWatch;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.ModelForecaster;
import org.foreshape.inference.SampleHistory;
import org.foreshape.journal.JournalEvents;
import org.foreshape.journal.JournalOptions;
import org.foreshape.journal.JournalReader;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.event.VmPolicy;
import org.foreshape.shaping.ShapingSettings;

/**
 * The loop by which an engine learns: the demand law of 64 embedded guests changes in mid-run, the
 * alarm comes, the plain forecaster takes over, a model is trained anew on the run's own journal,
 * judged and promoted, all by itself. And how often an alarm comes where nothing changed.
 */
final class DriftBenchmark implements Benchmark {
    private static final String CHANGED = "changed";
    private static final String UNCHANGED = "unchanged";
    private static final int VM_COUNT = 64;
    private static final int STEP_S = 15;
    private static final int FALSE_ALARM_HORIZONS = 7 * RunSettings.HORIZONS_PER_DAY;
    private static final int HELD_BACK_MINUTES = 30;
    private static final double SPEED = 60;

    /** Nobody waits for a training there. */
    private static final double UNCHANGED_SPEED = 600;

    private static final int TRAINED_S = 3600;
    private static final int CHANGE_S = 3600;
    private static final int UNCHANGED_S = 7500;
    private static final int UNCHANGED_RUNS = 20;
    private static final int QUICK_UNCHANGED_RUNS = 3;
    private static final int ALARM_HORIZONS_MAX = 10;
    private static final double RETURN_MAX = 1.1;

    /** Of one run after the change, if no model is promoted. */
    private static final long GIVE_UP_NS = TimeUnit.HOURS.toNanos(5);

    private static final long AFTER_SWAP_NS = TimeUnit.MINUTES.toNanos(75);
    private static final long SETTLE_NS = TimeUnit.MINUTES.toNanos(15);

    /** Bounds and stakes of the alarm were chosen on recordings of seeds 11 and 32. */
    private static final List<Change> CHANGES =
            List.of(
                    new Change(41, Law.FASTER),
                    new Change(42, Law.FALLING),
                    new Change(43, Law.FALLING));

    private static final long UNCHANGED_SEED = 101;
    private double speed = SPEED;

    /** A seed of guests, and the law that they change to. */
    private record Change(long seed, Law after) {
        String label() {
            return "seed " + seed + ", " + after.name().toLowerCase(Locale.ROOT) + ": ";
        }
    }

    /** When what happened in a run, engine time; 0: never. */
    private record Times(long alarmNs, long swappedNs, List<String> verdicts) {}

    @Override
    public String name() {
        return "drift";
    }

    @Override
    public String purpose() {
        return "alarm, fallback, training and promotion after a change of law; false alarms";
    }

    @Override
    public boolean needsGuests() {
        return false;
    }

    @Override
    public void speed(double newSpeed) {
        speed = newSpeed;
    }

    @Override
    public List<String> parts() {
        return List.of(CHANGED, UNCHANGED);
    }

    @Override
    public Result run(boolean quick) throws Exception {
        return run(quick, Set.copyOf(parts()));
    }

    @Override
    public Result run(boolean quick, Set<String> parts) throws Exception {
        Result result = new Result(name());
        result.fact("guests", VM_COUNT);
        result.fact("seconds of guests' time in a second", speed);
        result.fact("horizons between false alarms, at least", FALSE_ALARM_HORIZONS);
        Path folder = Files.createTempDirectory("foreshape-drift");
        try {
            List<Change> changes = quick ? CHANGES.subList(0, 1) : CHANGES;
            for (Change change : parts.contains(CHANGED) ? changes : List.<Change>of()) {
                Path own = Files.createDirectory(folder.resolve("seed-" + change.seed()));
                ForecastModel model = trained(own, change.seed());
                Path journal = own.resolve("run");
                live(model, change, journal, own.resolve("models"));
                report(change, journal, result);
                Folders.delete(own);
            }
            if (parts.contains(UNCHANGED)) {
                unchanged(folder, quick ? QUICK_UNCHANGED_RUNS : UNCHANGED_RUNS, result);
            }
        } finally {
            Folders.delete(folder);
        }
        return result;
    }

    /** A model of the usual law, trained on an hour of it. */
    private ForecastModel trained(Path folder, long seed) throws IOException, InterruptedException {
        Path journal = folder.resolve("usual");
        JournalRecorder.record(
                journal, RetrainGuests.create(VM_COUNT, seed), TRAINED_S + STEP_S, speed);
        Path file = folder.resolve("usual.onnx");
        RetrainBenchmark.train(journal, file, TRAINED_S, seed);
        return ForecastModel.load(file);
    }

    private void live(ForecastModel model, Change change, Path journal, Path store)
            throws InterruptedException {
        // An hour later than what the model was trained on: the guests go on where they were.
        long startNs = JournalRecorder.START_TIME_NS + TimeUnit.SECONDS.toNanos(TRAINED_S);
        long originNs = JournalRecorder.START_TIME_NS - JournalRecorder.CURVES_BEFORE_NS;
        long changeNs = startNs + TimeUnit.SECONDS.toNanos(CHANGE_S);
        List<GuestSpec> guests =
                RetrainGuests.changing(
                        VM_COUNT, change.seed(), change.after(), changeNs - originNs);
        EngineClock clock = EngineClock.compressed(speed, startNs);
        try (Engine engine = Engine.open(spec(model, guests, clock, originNs, journal))) {
            engine.start();
            KeeperSettings settings =
                    new KeeperSettings(store, 0, true, HELD_BACK_MINUTES, List.of());
            try (ModelKeeper keeper = ModelKeeping.of(engine, settings)) {
                keeper.start();
                long endNs = changeNs + GIVE_UP_NS;
                boolean swapped = false;
                while (clock.timeNs() < endNs) {
                    TimeUnit.MILLISECONDS.sleep(50);
                    if (!swapped && engine.model() != model) {
                        swapped = true;
                        endNs = clock.timeNs() + AFTER_SWAP_NS;
                    }
                }
            }
        }
    }

    private EngineSpec spec(
            ForecastModel model,
            List<GuestSpec> guests,
            EngineClock clock,
            long originNs,
            Path journal) {
        long ceilingsKib = guests.stream().mapToLong(GuestSpec::ceilingKib).sum();
        EmbeddedOptions options =
                new EmbeddedOptions.Builder()
                        .scale(16 * VM_COUNT)
                        .originTimeNs(originNs)
                        .hostMemoryKib(ceilingsKib)
                        .build();
        RunSettings settings =
                new RunSettings(
                        VM_COUNT,
                        RunSettings.Forecasting.MODEL,
                        model.name(),
                        model.manifest().modelSha256(),
                        STEP_S,
                        ShapingSettings.defaults().atSpeed(speed),
                        FALSE_ALARM_HORIZONS);
        return new EngineSpec(
                settings,
                (known, errors) -> new EmbeddedHypervisor(guests, options, known, VM_COUNT),
                clock,
                name -> new VmPolicy(VmMode.OBSERVE, 0, 0, Long.MAX_VALUE),
                ceilingsKib,
                model,
                false,
                JournalOptions.of(journal, VM_COUNT));
    }

    private static void report(Change change, Path journal, Result result) {
        long changeNs =
                JournalRecorder.START_TIME_NS + TimeUnit.SECONDS.toNanos(TRAINED_S + CHANGE_S);
        Times times = times(journal, changeNs);
        List<Lost> lost = HorizonLosses.of(journal, VM_COUNT, STEP_S);
        String label = change.label();
        result.wantAtMost(
                label + "horizons from the change to the alarm",
                horizons(times.alarmNs() - changeNs),
                ALARM_HORIZONS_MAX);
        result.wantAtLeast(
                label + "VMs of the plain forecaster after the alarm",
                lost.stream()
                        .filter(one -> times.alarmNs() > 0 && one.startNs() > times.alarmNs())
                        .mapToInt(Lost::driftedVms)
                        .findFirst()
                        .orElse(0),
                1);
        result.fact(
                label + "minutes from the alarm to the promotion",
                String.format(
                        Locale.ROOT, "%.0f", 5 * horizons(times.swappedNs() - times.alarmNs())));
        times.verdicts().forEach(text -> result.fact(label + "judged", text));
        double before = share(lost, changeNs - 6 * Horizon.MINUTES_5.durationNs(), changeNs);
        // Without a promotion there is nothing afterwards, and its share is NaN.
        long promotedNs = times.swappedNs() == 0 ? Long.MAX_VALUE / 2 : times.swappedNs();
        double after = share(lost, promotedNs + SETTLE_NS, Long.MAX_VALUE);
        line(result, label, lost, "before the change", 0, changeNs);
        line(result, label, lost, "until the alarm", changeNs, times.alarmNs());
        line(result, label, lost, "until the promotion", times.alarmNs(), times.swappedNs());
        line(result, label, lost, "afterwards", promotedNs, Long.MAX_VALUE);
        result.wantAtMost(
                label + "loss by the plain forecaster's, afterwards by before",
                after / before,
                RETURN_MAX);
    }

    private static void line(
            Result result, String label, List<Lost> lost, String when, long fromNs, long endNs) {
        List<Lost> those =
                lost.stream()
                        .filter(one -> one.startNs() >= fromNs && one.startNs() < endNs)
                        .toList();
        result.fact(
                label + "loss " + when,
                String.format(
                        Locale.ROOT,
                        "%.2f %% of a VM, %.2f times the plain forecaster's, %d horizons",
                        those.stream().mapToDouble(Lost::given).average().orElse(Double.NaN)
                                / VM_COUNT,
                        share(lost, fromNs, endNs),
                        those.size()));
    }

    private static double horizons(long ns) {
        return ns < 0 ? Double.NaN : (double) ns / Horizon.MINUTES_5.durationNs();
    }

    private static double share(List<Lost> lost, long fromNs, long endNs) {
        double given = 0;
        double plain = 0;
        for (Lost one : lost) {
            if (one.startNs() >= fromNs && one.startNs() < endNs) {
                given += one.given();
                plain += one.plain();
            }
        }
        return given / plain;
    }

    private static Times times(Path journal, long changeNs) {
        long alarmNs = 0;
        long swappedNs = 0;
        List<String> verdicts = new ArrayList<>();
        Tick tick = new Tick(VM_COUNT);
        try (JournalReader reader = JournalReader.open(journal)) {
            while (reader.next(tick)) {
                if (tick.kind != EventKind.CONTROL) {
                    continue;
                }
                ControlKind kind = tick.control.kind;
                if (kind == ControlKind.MODEL_DRIFTED && alarmNs == 0) {
                    alarmNs = tick.timeNs;
                } else if (kind == ControlKind.MODEL_JUDGED) {
                    verdicts.add(tick.control.text.toString());
                } else if (kind == ControlKind.MODEL_SWAPPED && swappedNs == 0) {
                    swappedNs = tick.timeNs;
                }
            }
        }
        if (alarmNs > 0 && alarmNs < changeNs) {
            verdicts.add("the alarm came before the change");
        }
        return new Times(alarmNs, swappedNs, verdicts);
    }

    /** How often an alarm comes on other guests of the law that a model was trained on. */
    private void unchanged(Path folder, int runs, Result result)
            throws IOException, InterruptedException {
        ForecastModel model = trained(folder, CHANGES.getFirst().seed());
        long alarms = 0;
        long drifted = 0;
        for (int run = 0; run < runs; run++) {
            Path journal = folder.resolve("unchanged-" + run);
            JournalRecorder.record(
                    journal,
                    RetrainGuests.create(VM_COUNT, UNCHANGED_SEED + run),
                    UNCHANGED_S,
                    UNCHANGED_SPEED);
            SampleHistory history = new SampleHistory(VM_COUNT, STEP_S);
            try (ModelForecaster forecaster =
                    ModelForecaster.open(model, history, false, FALSE_ALARM_HORIZONS)) {
                JournalEvents.read(
                        journal,
                        (runId, tick) -> {
                            history.observe(tick);
                            forecaster.forecast(tick);
                            history.settle();
                            return true;
                        });
                DriftWatch drift = ((DemandForecaster) forecaster).drift();
                alarms += drift.alarms();
                drifted += drift.driftedVms();
            }
            Folders.delete(journal);
        }
        int horizons = runs * (int) (UNCHANGED_S / TimeUnit.MINUTES.toSeconds(5));
        double expected = (double) horizons / FALSE_ALARM_HORIZONS;
        result.fact("unchanged runs of " + UNCHANGED_S / 60 + " min", runs);
        result.fact("alarms that their rate allows in them, mean", expected);
        result.fact("VMs at whose end the plain forecaster speaks, of " + runs * VM_COUNT, drifted);
        result.wantAtMost(
                "alarms over all VMs of unchanged runs", (double) alarms, Math.ceil(expected));
    }
}
