package org.foreshape.daemon.replay;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.foreshape.journal.JournalEvents;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.Tick;

/** What must be known of a journal before its events can be lived through again. One thread. */
final class JournalPast {
    private static final int PLANS_KEPT = 4096;
    private static final int ANSWERS_MAX = 100_000;

    private final PressedNeeds needs = new PressedNeeds();
    private final Standstills standstills = new Standstills();
    private final List<Long> answersNs = new ArrayList<>();
    private final Map<Long, Long> timeOfEvent =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
                    return size() > PLANS_KEPT;
                }
            };
    private long runId = -1;

    private JournalPast() {}

    /** Reads the whole journal once. */
    static JournalPast of(Path directory) {
        JournalPast past = new JournalPast();
        JournalEvents.read(
                directory,
                (run, tick) -> {
                    past.see(run, tick);
                    return true;
                });
        past.answersNs.sort(null);
        return past;
    }

    private void see(long run, Tick tick) {
        if (run != runId) {
            runId = run;
            timeOfEvent.clear();
        }
        if (tick.kind == EventKind.SAMPLE) {
            needs.see(run, tick.sample, tick.timeNs);
            standstills.see(run, tick.sample, tick.timeNs);
        }
        if (tick.kind != EventKind.OUTCOME) {
            timeOfEvent.put(tick.sequence, tick.timeNs);
        } else if (tick.outcome.actKind == ActKind.RESIZE_MEMORY
                && tick.outcome.status == OutcomeStatus.DONE) {
            standstills.told(run, tick.outcome);
            Long planned = timeOfEvent.get(tick.outcome.planSequence);
            if (planned != null && answersNs.size() < ANSWERS_MAX) {
                answersNs.add(tick.timeNs - planned);
            }
        }
    }

    /** What guests needed while they were short. */
    PressedNeeds needs() {
        return needs;
    }

    /** When balloons did not follow. */
    Standstills standstills() {
        return standstills;
    }

    /** The median time from a plan to the outcome of a resize in it; 0 when none was seen. */
    long answerNs() {
        return answerNs(.5);
    }

    /** The same of an act of twenty that was late. */
    long lateAnswerNs() {
        return answerNs(.95);
    }

    private long answerNs(double share) {
        return answersNs.isEmpty()
                ? 0
                : Math.max(0, answersNs.get((int) (share * (answersNs.size() - 1))));
    }
}
