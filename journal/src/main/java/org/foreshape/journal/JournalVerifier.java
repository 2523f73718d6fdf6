package org.foreshape.journal;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.foreshape.journal.VerifyReport.Finding;
import org.foreshape.journal.VerifyReport.Kind;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.jspecify.annotations.Nullable;

/** Reads a whole journal and checks each record, the numbers, the runs and the intents. */
public final class JournalVerifier {
    private final List<Finding> findings = new ArrayList<>();
    private final IntentLedger intents = new IntentLedger();
    private final long[] byKind = new long[EventKind.values().length];

    private long recordCount;
    private long runCount;
    private long forecastCount;
    private long planCount;
    private long intentCount;
    private long runId = -1;
    private long eventSequence;
    private boolean ended;
    private boolean damagedBefore;
    private @Nullable Place last;

    private JournalVerifier() {}

    /**
     * Checks a journal; goes on behind damage where it can.
     *
     * @throws JournalException when there is no journal
     */
    public static VerifyReport verify(Path directory) {
        try (JournalReader reader = JournalReader.open(directory)) {
            return new JournalVerifier().run(reader);
        }
    }

    private VerifyReport run(JournalReader reader) {
        Tick tick = new Tick(1);
        boolean more = true;
        while (more) {
            try {
                more = reader.advance();
                if (more) {
                    tick = fitting(tick, reader);
                    reader.read(tick);
                    check(reader, tick);
                }
            } catch (CorruptRecordException e) {
                findings.add(
                        new Finding(
                                e.missing() ? Kind.RECORDS_MISSING : Kind.DAMAGED,
                                e.place(),
                                e.getMessage()));
                damagedBefore = true;
                more = e.passable();
            } catch (UnsupportedVersionException e) {
                findings.add(new Finding(Kind.NEWER_VERSION, reader.placeBehind(), e.getMessage()));
                return report();
            }
        }
        if (!reader.inLastFile()) {
            findings.add(
                    new Finding(
                            Kind.CUT_SHORT,
                            reader.placeBehind(),
                            "reading ends before the journal's last file"));
        }
        endRun();
        for (IntentLedger.Open open : intents.open()) {
            findings.add(
                    new Finding(
                            Kind.INTENT_WITHOUT_OUTCOME,
                            open.place(),
                            "no outcome of " + open.intent().text()));
        }
        return report();
    }

    /** The event, or a larger one when the record's run has more VMs. */
    static Tick fitting(Tick tick, JournalReader reader) {
        return tick.vmCountMax >= reader.vmCountMax() ? tick : new Tick(reader.vmCountMax());
    }

    private void check(JournalReader reader, Tick tick) {
        Place place = reader.place();
        if (reader.runId() != runId) {
            endRun();
            runId = reader.runId();
            runCount++;
            if (tick.sequence > 0 && last == null) {
                findings.add(
                        new Finding(
                                Kind.BEGINNING_PRUNED,
                                place,
                                "run " + runId + " begins with event " + tick.sequence));
                eventSequence = tick.sequence;
            } else {
                eventSequence = 0;
            }
        }
        // Events that lie in damaged records were recorded; that damage has its own finding.
        if (tick.sequence != eventSequence && !damagedBefore) {
            findings.add(
                    new Finding(
                            Kind.EVENTS_MISSING,
                            place,
                            "run "
                                    + runId
                                    + " goes on with event "
                                    + tick.sequence
                                    + " where event "
                                    + eventSequence
                                    + " was due: those between failed at their source, or could not be"
                                    + " written"));
        }
        eventSequence = tick.sequence + 1;
        damagedBefore = false;
        last = place;
        ended = tick.kind == EventKind.CONTROL && tick.control.kind == ControlKind.ENGINE_STOPPED;
        recordCount++;
        byKind[tick.kind.ordinal()]++;
        forecastCount += tick.forecast.slotCount > 0 ? 1 : 0;
        planCount += tick.plan.made ? 1 : 0;
        intentCount += tick.plan.actCount;
        intents.observe(reader, tick);
    }

    private void endRun() {
        if (last != null && !ended) {
            findings.add(
                    new Finding(
                            Kind.RUN_NOT_ENDED,
                            last,
                            "run " + runId + " did not end in order, or still runs"));
        }
    }

    private VerifyReport report() {
        return new VerifyReport(
                recordCount,
                runCount,
                byKind[EventKind.SAMPLE.ordinal()],
                byKind[EventKind.TASK.ordinal()],
                byKind[EventKind.PRESSURE.ordinal()],
                byKind[EventKind.CONTROL.ordinal()],
                byKind[EventKind.OUTCOME.ordinal()],
                forecastCount,
                planCount,
                intentCount,
                findings);
    }
}
