package org.foreshape.journal;

import org.foreshape.journal.ReplayReport.Difference;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.LearntKind;
import org.foreshape.ring.event.LearntSection;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.Tick;
import org.jspecify.annotations.Nullable;

/**
 * Decides again on what was recorded, without threads or clock: each event of the journal goes
 * through fresh stages, and the plan that comes out is compared with the recorded one bit for bit.
 * Forecasts are compared too, so that a plan that differs can be traced to its cause, and so is
 * what the forecaster learnt. Failures of a stage are treated as {@link
 * org.foreshape.ring.Pipeline} treats them.
 */
public final class Replayer {
    private static final long NO_RUN = -1;

    private final JournalReader reader;
    private final ReplayStages.Factory factory;
    private final VmNames names = new VmNames();

    private Tick recorded = new Tick(1);
    private Tick replayed = new Tick(1);
    private @Nullable ReplayStages stages;
    private long runId = NO_RUN;
    private long runCount;
    private long eventCount;
    private long skippedCount;
    private long planCount;
    private long identicalCount;
    private @Nullable Difference firstDifference;
    private long forecastCount;
    private long forecastIdenticalCount;
    private @Nullable Difference firstForecastDifference;
    private long learntCount;
    private long learntIdenticalCount;
    private @Nullable Difference firstLearntDifference;
    private long stageErrorCount;

    private Replayer(JournalReader reader, ReplayStages.Factory factory) {
        this.reader = reader;
        this.factory = factory;
    }

    /**
     * Replays from where the reader stands to the end of the journal. Each run (from its
     * ENGINE_STARTED event on) gets stages of its own; events of a run whose beginning is not there
     * are skipped and counted.
     *
     * @throws CorruptRecordException at damage: what comes after it would not be comparable
     */
    public static ReplayReport replay(JournalReader reader, ReplayStages.Factory factory) {
        return new Replayer(reader, factory).run();
    }

    private ReplayReport run() {
        long startNs = System.nanoTime();
        while (reader.advance()) {
            recorded = JournalVerifier.fitting(recorded, reader);
            reader.read(recorded);
            names.observe(reader.runId(), recorded);
            ReplayStages present = stagesOfRun();
            if (present == null) {
                skippedCount++;
                continue;
            }
            reader.readEvent(replayed);
            decide(present, replayed);
            eventCount++;
            compareForecasts(recorded.forecast, replayed.forecast);
            comparePlans(recorded.plan, replayed.plan);
            compareLearnt(recorded.learnt, replayed.learnt);
        }
        return new ReplayReport(
                runCount,
                eventCount,
                skippedCount,
                planCount,
                identicalCount,
                firstDifference,
                forecastCount,
                forecastIdenticalCount,
                firstForecastDifference,
                learntCount,
                learntIdenticalCount,
                firstLearntDifference,
                stageErrorCount,
                (System.nanoTime() - startNs) / 1e9);
    }

    private @Nullable ReplayStages stagesOfRun() {
        if (reader.runId() != runId) {
            runId = reader.runId();
            stages = null;
        }
        if (recorded.kind == EventKind.CONTROL
                && recorded.control.kind == ControlKind.ENGINE_STARTED) {
            int vmCountMax = reader.vmCountMax();
            stages = factory.create(recorded.control.text.toString(), vmCountMax);
            replayed = new Tick(vmCountMax);
            runCount++;
        }
        return stages;
    }

    private void decide(ReplayStages present, Tick tick) {
        try {
            present.observer().observe(tick);
        } catch (RuntimeException e) {
            stageErrorCount++;
        }
        try {
            present.forecaster().forecast(tick);
        } catch (RuntimeException e) {
            tick.forecast.clear();
            if (tick.kind != EventKind.LEARNT) {
                tick.learnt.clear();
            }
            stageErrorCount++;
        }
        try {
            present.shaper().shape(tick);
        } catch (RuntimeException e) {
            tick.plan.clear();
            stageErrorCount++;
        }
    }

    private void comparePlans(PlanSection before, PlanSection now) {
        if (!before.made && !now.made) {
            return;
        }
        planCount++;
        String text = before.firstDifference(now);
        if (text == null) {
            identicalCount++;
        } else if (firstDifference == null) {
            firstDifference = difference(firstSlot(before, now), text);
        }
    }

    /** The first slot in which the plans differ, or -1 when it is no slot that differs first. */
    private static int firstSlot(PlanSection before, PlanSection now) {
        int slotCount = Math.min(before.slotCount, now.slotCount);
        for (int slot = 0; slot < slotCount; slot++) {
            if (before.verdict[slot] != now.verdict[slot]
                    || before.reason[slot] != now.reason[slot]
                    || before.limit[slot] != now.limit[slot]
                    || before.demandKib[slot] != now.demandKib[slot]
                    || before.wantKib[slot] != now.wantKib[slot]
                    || before.targetKib[slot] != now.targetKib[slot]
                    || before.allocationKib[slot] != now.allocationKib[slot]
                    || before.partnerSlot[slot] != now.partnerSlot[slot]) {
                return slot;
            }
        }
        return -1;
    }

    private void compareForecasts(ForecastSection before, ForecastSection now) {
        int slotCount = Math.max(before.slotCount, now.slotCount);
        int figures =
                reader.version() < DecisionCodec.STORAGE_SINCE
                        ? DecisionCodec.FIRST_FIGURES
                        : ForecastSection.STRIDE;
        for (int slot = 0; slot < slotCount; slot++) {
            forecastCount++;
            String text = ForecastDifference.of(before, now, slot, figures);
            if (text == null) {
                forecastIdenticalCount++;
            } else if (firstForecastDifference == null) {
                firstForecastDifference = difference(slot, text);
            }
        }
    }

    /** Journals of versions before 3 hold no learnt state: there is nothing to compare. */
    private void compareLearnt(LearntSection before, LearntSection now) {
        if (recorded.kind == EventKind.LEARNT
                || reader.version() < 3
                || (before.kind == LearntKind.NONE && now.kind == LearntKind.NONE)) {
            return;
        }
        learntCount++;
        if (before.contentEquals(now)) {
            learntIdenticalCount++;
        } else if (firstLearntDifference == null) {
            firstLearntDifference =
                    difference(
                            -1,
                            before.kind == now.kind
                                    ? before.kind + " of other content"
                                    : "learnt: " + before.kind + " against " + now.kind);
        }
    }

    private Difference difference(int slot, String text) {
        return new Difference(
                runId, recorded.sequence, slot, slot < 0 ? null : names.nameOf(slot), text);
    }
}
