package org.foreshape.daemon.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.foreshape.daemon.engine.Engine;
import org.foreshape.daemon.engine.ModelSource;
import org.foreshape.daemon.engine.RunSettings;
import org.foreshape.daemon.engine.RunSettings.Forecasting;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.hypervisor.embedded.EmbeddedOptions;
import org.foreshape.hypervisor.embedded.GuestSpec;
import org.foreshape.hypervisor.embedded.GuestTotals;
import org.foreshape.inference.ForecastModel;
import org.foreshape.journal.JournalOptions;
import org.foreshape.shaping.ShapingSettings;

/**
 * Runs the same demand under three ways to divide the same budget, side by side on one clock: equal
 * shares that never change, the reactive law alone, and Foreshape with forecasts and announced
 * tasks.
 */
public final class Demo {
    /** 2026-01-05T08:00Z, a Monday: what time of day and week the model sees is the same always. */
    private static final long START_TIME_NS = 1_767_600_000_000_000_000L;

    /** Before they begin, guests hold what they begin with, and the engines find their feet. */
    private static final long SETTLE_WALL_NS = TimeUnit.SECONDS.toNanos(5);

    private static final long ANNOUNCE_LEAD_NS = TimeUnit.MINUTES.toNanos(10);
    private static final long VIEW_PERIOD_NS = TimeUnit.SECONDS.toNanos(1);

    /** As the configuration of a daemon says by default. */
    private static final int FALSE_ALARM_DAYS = 7;

    /** Share of the run after which the compiler has seen all code and measuring begins. */
    private static final double WARM_UP_SHARE = 1.0 / 3;

    private final DemoOptions options;
    private final DemoView view;
    private final List<GuestSpec> guests;
    private final GatedClock clock;

    /** A demonstration that shows itself in a view. */
    public Demo(DemoOptions options, DemoView view) {
        this.options = options;
        this.view = view;
        this.guests = DemoGuests.create(options.vmCount(), options.seed());
        this.clock = new GatedClock(options.speed(), START_TIME_NS);
    }

    /**
     * Runs for the whole time and says what came of it.
     *
     * @throws Failure when something needed is missing
     */
    public DemoResult run() throws InterruptedException {
        Path given = options.journal();
        Path directory = given != null ? given : temporaryDirectory();
        try {
            return run(directory);
        } finally {
            if (given == null) {
                remove(directory);
            }
        }
    }

    private DemoResult run(Path directory) throws InterruptedException {
        ForecastModel model = ModelSource.of(options.model()).model();
        if (model == null) {
            throw Failure.usage("--model none: the demo compares with a model; name one");
        }
        ShapingSettings shaping = shaping(options);
        int count = guests.size();
        int gridStepSeconds = model.manifest().gridStepSeconds();
        RunSettings reactive =
                new RunSettings(count, Forecasting.NONE, "", "", gridStepSeconds, shaping);
        RunSettings full =
                new RunSettings(
                        count,
                        Forecasting.MODEL,
                        model.name(),
                        model.manifest().modelSha256(),
                        gridStepSeconds,
                        shaping,
                        FALSE_ALARM_DAYS * RunSettings.HORIZONS_PER_DAY);
        EmbeddedOptions plain = embedded().build();
        EmbeddedOptions announced = embedded().announceTasks(ANNOUNCE_LEAD_NS).build();
        List<Arm> arms = new ArrayList<>();
        try {
            arms.add(Arm.still("static", guests, plain, clock));
            arms.add(Arm.shaped("reactive", guests, plain, clock, reactive, null, null));
            arms.add(
                    Arm.shaped(
                            "Foreshape",
                            guests,
                            announced,
                            clock,
                            full,
                            model,
                            JournalOptions.of(directory, count)));
            return watch(arms);
        } finally {
            arms.forEach(Arm::close);
        }
    }

    /**
     * Delays of sampling and of acts are wall time, so they are longer in the guests' time. Paces
     * are not: an embedded guest fills and gives back in its own time, as fast as a real one does.
     */
    private static ShapingSettings shaping(DemoOptions options) {
        ShapingSettings usual = ShapingSettings.defaults();
        ShapingSettings scaled =
                usual.atSpeed(options.speed())
                        .with("fastFallKibPerS", usual.fastFallKibPerS())
                        .with("amplePaceKibPerS", usual.amplePaceKibPerS())
                        .with("shrinkPaceKibPerS", usual.shrinkPaceKibPerS())
                        .with("growPaceKibPerS", usual.growPaceKibPerS());
        try {
            return scaled.with(options.shaping());
        } catch (IllegalArgumentException e) {
            throw Failure.usage("--set: " + e.getMessage());
        }
    }

    private EmbeddedOptions.Builder embedded() {
        return new EmbeddedOptions.Builder()
                .scale(DemoGuests.scale(guests.size()))
                .originTimeNs(originTimeNs())
                .hostMemoryKib(DemoGuests.ceilingsKib(guests));
    }

    private long originTimeNs() {
        return START_TIME_NS + (long) (SETTLE_WALL_NS * options.speed());
    }

    private DemoResult watch(List<Arm> arms) throws InterruptedException {
        Engine engine = arms.getLast().engine();
        if (engine == null) {
            throw new IllegalStateException("the last arm has an engine");
        }
        clock.open();
        startTogether(arms);
        while (clock.timeNs() < originTimeNs()) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        long startNs = System.nanoTime();
        long totalNs = TimeUnit.SECONDS.toNanos(options.seconds());
        EngineGarbage garbage = new EngineGarbage(engine);
        boolean warm = false;
        for (long look = 1; ; look++) {
            long dueNs = Math.min(look * VIEW_PERIOD_NS, totalNs);
            TimeUnit.NANOSECONDS.sleep(Math.max(0, startNs + dueNs - System.nanoTime()));
            if (warm) {
                garbage.look();
            } else if (dueNs >= totalNs * WARM_UP_SHARE) {
                warm = true;
                engine.latencies().reset();
                garbage.begin();
            }
            view.show(arms, guests, dueNs / 1e9, options);
            if (dueNs >= totalNs) {
                break;
            }
        }
        // Totals first: what closing takes is no part of the run.
        List<List<GuestTotals>> totals = arms.stream().map(Arm::totals).toList();
        List<ArmResult> results = new ArrayList<>();
        for (int i = 0; i < arms.size(); i++) {
            results.add(ArmResult.of(arms.get(i).name(), totals.get(i)));
        }
        long failures = arms.stream().mapToLong(Arm::failureCount).sum();
        arms.forEach(Arm::close);
        return DemoResult.of(options, guests, results, totals, engine, garbage, failures);
    }

    /** Filling the guests takes a while; side by side, all meet the same demand from the start. */
    private static void startTogether(List<Arm> arms) throws InterruptedException {
        List<Throwable> failures = new ArrayList<>();
        List<Thread> starters = new ArrayList<>();
        for (Arm arm : arms) {
            starters.add(
                    Thread.ofPlatform()
                            .name("foreshape-demo-start")
                            .uncaughtExceptionHandler((thread, e) -> {
                                synchronized (failures) {
                                    failures.add(e);
                                }
                            })
                            .start(arm::start));
        }
        for (Thread starter : starters) {
            starter.join();
        }
        synchronized (failures) {
            if (!failures.isEmpty()) {
                Throwable first = failures.getFirst();
                throw Failure.missing("the demo cannot start: " + first.getMessage(), first);
            }
        }
    }

    private static Path temporaryDirectory() {
        try {
            return Files.createTempDirectory("foreshape-demo-");
        } catch (IOException e) {
            throw Failure.missing(
                    "cannot make a temporary directory for the journal ("
                            + e
                            + "); name one with --journal",
                    e);
        }
    }

    private static void remove(Path directory) {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + directory, e);
        }
    }
}
