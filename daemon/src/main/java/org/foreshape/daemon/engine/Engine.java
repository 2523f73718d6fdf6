package org.foreshape.daemon.engine;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.function.Consumer;
import java.util.logging.Logger;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.daemon.foresight.Foresight;
import org.foreshape.daemon.hands.HandActor;
import org.foreshape.daemon.tune.LiveTuner;
import org.foreshape.daemon.tune.TunerPast;
import org.foreshape.hypervisor.Hypervisor;
import org.foreshape.inference.DriftWatch;
import org.foreshape.inference.ForecastModel;
import org.foreshape.inference.Learning;
import org.foreshape.inference.LearntPast;
import org.foreshape.inference.LearntState;
import org.foreshape.inference.ModelRejectedException;
import org.foreshape.inference.horizon.HorizonMap;
import org.foreshape.inference.horizon.TaskBook;
import org.foreshape.inference.horizon.Used;
import org.foreshape.journal.JournalException;
import org.foreshape.journal.JournalOptions;
import org.foreshape.journal.JournalState;
import org.foreshape.journal.JournalWriter;
import org.foreshape.ring.Counters;
import org.foreshape.ring.DistinctErrors;
import org.foreshape.ring.Enforcement;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EngineRing;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.Pipeline;
import org.foreshape.ring.RingFullException;
import org.foreshape.ring.RingSettings;
import org.foreshape.ring.StageLatencies;
import org.foreshape.ring.act.ActLanes;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.stage.Forecaster;
import org.foreshape.ring.stage.Learner;
import org.foreshape.ring.stage.Recorder;
import org.foreshape.ring.stage.Stages;
import org.jspecify.annotations.Nullable;

/**
 * One engine: every room wired into one ring, from the journal's past to the first sample.
 *
 * <p>{@link #open} reads the journal and builds, {@link #start} starts threads, {@link #close} ends
 * them in order. Any thread may call its methods; open, start and close belong to one.
 */
public final class Engine implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Engine.class.getName());
    private static final long ATTENTION_SPAN_NS = 5_000_000_000L;
    private static final long FLIGHT_WAIT_NS = 300_000_000;
    private static final long POLL_MS = 5;

    private final EngineSpec spec;
    private final JournalState past;
    private final LearntPast learnt;
    private final Hypervisor hypervisor;
    private final DecisionStages decision;
    private final @Nullable JournalWriter journal;
    private final Counters counters = new Counters();
    private final StageLatencies latencies = new StageLatencies();
    private final DistinctErrors errors = new DistinctErrors();
    private final Enforcement enforcement = new Enforcement();
    private final Roster roster;
    private final SnapshotBoard board;
    private final ForecastScores scores;
    private final ActLanes lanes;
    private final ActsInFlight flight;
    private final EngineRing ring;
    private final SafetyWatch watch;
    private final HandActor hands;
    private final Foresight foresight;
    private final @Nullable LiveTuner tuner;
    private final JournalCare care;
    private final ModelAtWork model;
    private boolean closed;

    private Engine(
            EngineSpec spec,
            JournalState past,
            LearntPast learnt,
            TaskBook tasks,
            TunerPast tuned,
            DecisionStages decision,
            @Nullable JournalWriter journal,
            Runnable firstOfAll) {
        int vmCountMax = spec.settings().vmCountMax();
        this.spec = spec;
        this.past = past;
        this.learnt = learnt;
        this.decision = decision;
        this.journal = journal;
        this.hypervisor = spec.hypervisor().apply(new KnownVms(past, spec.policyOf()), errors);
        this.roster = new Roster(vmCountMax);
        this.board = new SnapshotBoard(vmCountMax);
        this.scores = new ForecastScores(vmCountMax);
        this.hands = new HandActor(hypervisor, new HandView(roster, board), spec.hands(), errors);
        this.foresight =
                new Foresight(tasks, roster::seats, new Tick(vmCountMax), board::readInto, errors);
        this.tuner = Tuning.tuner(spec, tuned, roster::tunable, board::readInto, errors);
        this.lanes = new ActLanes(vmCountMax, hands, spec.clock(), counters, errors);
        this.flight = new ActsInFlight(lanes);
        Recorder recorder = journal != null ? journal : tick -> {};
        Stages stages =
                new Stages(
                        decision.history(),
                        decision.forecaster(),
                        decision.shaper(),
                        recorder,
                        flight,
                        learner());
        this.ring =
                new EngineRing(
                        RingSettings.defaults(vmCountMax),
                        new Pipeline(stages, counters, latencies, errors, enforcement),
                        counters,
                        errors,
                        enforcement,
                        firstOfAll);
        this.model = new ModelAtWork(decision, spec.clock(), ring, errors);
        this.care = new JournalCare(spec.journal(), journal, errors);
        this.watch =
                new SafetyWatch(
                        counters,
                        errors,
                        enforcement,
                        decision.shaper(),
                        ring,
                        spec.clock(),
                        care::shortage);
    }

    private Learner learner() {
        Attention attention = new Attention(hypervisor, ATTENTION_SPAN_NS);
        Roster vms = roster;
        ForecastScores judge = scores;
        SnapshotBoard snapshots = board;
        ActsInFlight acts = flight;
        ActLanes makers = lanes;
        HandActor workers = hands;
        Foresight seer = foresight;
        return tick -> {
            vms.learn(tick);
            makers.learn(tick);
            acts.learn(tick);
            judge.learn(tick);
            snapshots.learn(tick);
            attention.learn(tick);
            workers.learn(tick);
            seer.learn(tick);
        };
    }

    /**
     * Reads the journal's past, opens it for a new run and builds all stages. Starts no thread of
     * its own.
     *
     * @throws Failure (missing) when the journal or the model cannot be used
     */
    public static Engine open(EngineSpec spec) {
        return open(spec, EnginePriority::raise);
    }

    /** The same, with engine threads that first of all do something else. */
    static Engine open(EngineSpec spec, Runnable firstOfAll) {
        JournalOptions options = spec.journal();
        JournalState past =
                new JournalState(0, true, false, List.of(), java.util.Map.of(), List.of());
        LearntPast learnt =
                new LearntPast(
                        LearntState.identityOf(spec.model()),
                        LearntState.calibrationCountMax(spec.settings().vmCountMax()));
        TaskBook tasks = new TaskBook();
        TunerPast tuned = new TunerPast();
        JournalWriter journal = null;
        try {
            if (options != null) {
                Used used = new Used(spec.settings().vmCountMax());
                past =
                        JournalState.read(
                                options.directory(),
                                tick -> {
                                    learnt.take(tick);
                                    tasks.take(tick, used);
                                    tuned.take(tick);
                                });
                journal = JournalWriter.open(options);
            }
        } catch (JournalException e) {
            throw Failure.missing(String.valueOf(e.getMessage()), e);
        }
        DecisionStages decision = null;
        try {
            decision = DecisionStages.create(spec.settings(), spec.model(), spec.tryCuda());
            return new Engine(spec, past, learnt, tasks, tuned, decision, journal, firstOfAll);
        } catch (ModelRejectedException e) {
            closeAll(null, journal);
            throw Failure.missing(String.valueOf(e.getMessage()), e);
        } catch (RuntimeException | Error e) {
            closeAll(decision, journal);
            throw e;
        }
    }

    private static void closeAll(
            @Nullable DecisionStages decision, @Nullable JournalWriter journal) {
        if (decision != null) {
            decision.close();
        }
        if (journal != null) {
            journal.close();
        }
    }

    /**
     * Starts the threads, journals what this run begins with, connects and samples.
     *
     * @throws org.foreshape.hypervisor.HypervisorException when the hypervisor cannot be reached;
     *     close the engine then
     */
    public void start() {
        ring.start();
        lanes.start(ring);
        Controls.publishText(
                ring, spec.clock(), ControlKind.ENGINE_STARTED, spec.settings().toText());
        Controls.publishAmount(ring, spec.clock(), ControlKind.BUDGET, spec.budgetKib());
        LearntKeeping.giveBack(learnt, ring, spec.clock());
        Reconciliation.tell(past, ring, spec.clock());
        care.start();
        watch.start();
        model.start();
        hypervisor.start(ring, spec.clock());
        hands.start(ring, spec.clock());
        if (decision.forecaster() instanceof Learning) {
            foresight.start(ring, spec.clock());
        }
        LiveTuner own = tuner;
        if (own != null) {
            own.start(ring, spec.clock());
        }
    }

    /** The way into the engine. */
    public EventPublisher events() {
        return ring;
    }

    /** Writes the forecasts. */
    Forecaster forecaster() {
        return decision.forecaster();
    }

    /** The engine's time. */
    public EngineClock clock() {
        return spec.clock();
    }

    /** What decides its plans. */
    public RunSettings settings() {
        return spec.settings();
    }

    /** What it runs on. */
    public Hypervisor hypervisor() {
        return hypervisor;
    }

    /** Every count. */
    public Counters counters() {
        return counters;
    }

    /** Latencies of the stages. */
    public StageLatencies latencies() {
        return latencies;
    }

    /** Which forecaster works, in words. */
    public String forecasterDescription() {
        return model.description();
    }

    /**
     * Puts another model in the place of the present one, between two events, and waits for it. Not
     * the engine's thread.
     *
     * @throws IllegalArgumentException when it cannot take that place while the engine runs
     * @throws ModelRejectedException when the runtime refuses it
     */
    public void swapModel(ForecastModel to) {
        model.swap(to);
    }

    /** What speaks against the model at work; null where none is watched. */
    public @Nullable DriftWatch drift() {
        return model.drift();
    }

    /** Has somebody told, once for each alarm, that the model drifted over the VMs together. */
    public void onDrift(Consumer<String> listener) {
        model.onDrift(listener);
    }

    /** The feature model at work; null when none is. */
    public @Nullable ForecastModel model() {
        return model.now();
    }

    /** How it records; null when it does not. */
    public @Nullable JournalOptions journal() {
        return spec.journal();
    }

    /** Records that this run has written so far; 0 without a journal. Roughly, while it runs. */
    public long journalRecordCount() {
        return journal == null ? 0 : journal.nextRecordSequence();
    }

    /** Acts of earlier runs without an outcome, as found at the start. */
    public int unresolvedIntentCount() {
        return past.unresolved().size();
    }

    /** What each VM and its tasks will need, as of the latest sample. Not the engine's thread. */
    public HorizonMap horizon() {
        return foresight.map();
    }

    /** The latest sample with its forecast and plan; empty before the first one. */
    public Tick latest() {
        return board.read();
    }

    /** Why acts are stopped, or null when they are not. */
    public @Nullable String stoppedReason() {
        String stopped = enforcement.stoppedReason();
        if (stopped != null) {
            return stopped;
        }
        if (roster.isPaused()) {
            return "paused by the operator; `foreshape resume` allows acts";
        }
        String shortage = care.shortage();
        return shortage == null
                ? null
                : "plans are only recommended until the journal has room again: " + shortage;
    }

    /** The chance that all VMs will need more than the budget within five minutes. */
    double chanceOverBudget() {
        return decision.shaper().chanceOverBudget();
    }

    /** Slot of the VM of a name, or -1. */
    public int slotOf(String vmName) {
        VmEntry vm = roster.byName(vmName);
        return vm == null ? -1 : vm.slot();
    }

    boolean isPaused() {
        return roster.isPaused();
    }

    Roster roster() {
        return roster;
    }

    ForecastScores scores() {
        return scores;
    }

    DistinctErrors errors() {
        return errors;
    }

    Enforcement enforcement() {
        return enforcement;
    }

    /** Bytes that the engine's threads have allocated since they started. */
    public long engineThreadBytes() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long sumBytes = 0;
        for (Thread thread : ring.threads()) {
            sumBytes += Math.max(0, threads.getThreadAllocatedBytes(thread.threadId()));
        }
        return sumBytes;
    }

    /**
     * Stops in order: no more samples, acts under way come to their outcomes, the ring is drained,
     * the run's end is journaled. VMs stay as they are. Takes well under 2 seconds. Idempotent.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        watch.close();
        model.close();
        care.close();
        foresight.close();
        if (tuner != null) {
            tuner.close();
        }
        awaitFlight();
        hypervisor.close();
        LearntKeeping.save(decision.forecaster(), ring, spec.clock());
        try {
            Controls.publishText(ring, spec.clock(), ControlKind.ENGINE_STOPPED, "");
        } catch (RingFullException e) {
            LOG.warning("the end of the run could not be journaled: " + e.getMessage());
        }
        ring.close();
        lanes.close();
        hands.close();
        try {
            closeAll(decision, journal);
        } catch (JournalException e) {
            LOG.warning(String.valueOf(e.getMessage()));
        }
    }

    /** Acts that are done while nobody listens any more would be found unresolved at next start. */
    private void awaitFlight() {
        enforcement.stop("the engine stops");
        long endNs = System.nanoTime() + FLIGHT_WAIT_NS;
        try {
            while (flight.count() > 0 && System.nanoTime() < endNs) {
                Thread.sleep(POLL_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
