package org.foreshape.daemon.cli;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.journal.CorruptRecordException;
import org.foreshape.journal.JournalException;
import org.foreshape.journal.JournalReader;
import org.foreshape.journal.VmNames;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.Verdict;
import org.foreshape.shaping.Explanation;
import org.jspecify.annotations.Nullable;

/** Finds a decision in a journal, and what came of its acts. */
final class DecisionSearch {
    /**
     * A decision in words.
     *
     * @param runId number of its run
     * @param time engine time of its event
     * @param event what it was made on
     * @param reasons one sentence for each VM; empty where no plan was made
     * @param outcomes one sentence for each act that has ended
     */
    record Found(
            long runId,
            Instant time,
            EventKind event,
            List<String> reasons,
            List<String> outcomes) {}

    private final long sequence;
    private final @Nullable Long wantedRunId;
    private @Nullable Found found;
    private @Nullable VmNames names;
    private long runCount;
    private long lastRunId = -1;
    private long lastSequence = -1;

    private DecisionSearch(long sequence, @Nullable Long runId) {
        this.sequence = sequence;
        this.wantedRunId = runId;
    }

    /**
     * Reads a journal to its end.
     *
     * @param directory the journal
     * @param sequence number of the decision's event in its run
     * @param runId the run; null: the newest that has such an event
     * @throws Failure when there is no journal, it is damaged before that, or has no such event
     */
    static Found find(Path directory, long sequence, @Nullable Long runId) {
        DecisionSearch search = new DecisionSearch(sequence, runId);
        try (JournalReader reader = JournalReader.open(directory)) {
            search.names = VmNames.of(directory);
            search.read(reader);
        } catch (CorruptRecordException e) {
            if (search.found == null) {
                throw Failure.check(String.valueOf(e.getMessage()));
            }
        } catch (JournalException e) {
            throw Failure.missing(String.valueOf(e.getMessage()), e);
        }
        Found found = search.found;
        if (found == null) {
            throw Failure.usage(
                    "no decision "
                            + sequence
                            + (runId == null ? "" : " in run " + runId)
                            + " in "
                            + directory
                            + ": it has "
                            + search.runCount
                            + " runs, the last one "
                            + search.lastRunId
                            + " with events up to "
                            + search.lastSequence
                            + "; `foreshape journal tail` shows numbers");
        }
        return found;
    }

    private void read(JournalReader reader) {
        Tick tick = new Tick(1);
        while (reader.advance()) {
            if (tick.vmCountMax < reader.vmCountMax()) {
                tick = new Tick(reader.vmCountMax());
            }
            reader.read(tick);
            see(reader.runId(), tick);
        }
    }

    private void see(long runId, Tick tick) {
        VmNames known = names;
        if (known == null) {
            return;
        }
        known.observe(runId, tick);
        if (runId != lastRunId) {
            lastRunId = runId;
            runCount++;
        }
        lastSequence = tick.sequence;
        boolean wanted = wantedRunId == null || wantedRunId == runId;
        if (wanted && tick.sequence == sequence) {
            found =
                    new Found(
                            runId,
                            Instant.EPOCH.plusNanos(tick.timeNs),
                            tick.kind,
                            reasons(tick),
                            new ArrayList<>());
        }
        Found so = found;
        if (so != null
                && so.runId() == runId
                && tick.kind == EventKind.OUTCOME
                && tick.outcome.planSequence == sequence) {
            so.outcomes().add(outcome(tick.outcome));
        }
    }

    /** Those that move come first, in the order of slots. */
    private List<String> reasons(Tick tick) {
        List<String> moving = new ArrayList<>();
        List<String> resting = new ArrayList<>();
        for (int slot = 0; tick.plan.made && slot < tick.plan.slotCount; slot++) {
            if (tick.plan.verdict[slot] != Verdict.ABSENT) {
                String text = Explanation.explain(tick.plan, tick.forecast, slot, this::nameOf);
                boolean rests = tick.plan.verdict[slot] == Verdict.HOLD;
                (rests ? resting : moving).add(text);
            }
        }
        moving.addAll(resting);
        return moving;
    }

    private String outcome(OutcomeSection outcome) {
        String text =
                nameOf(outcome.vmSlot)
                        + ": "
                        + outcome.actKind
                        + " to "
                        + outcome.requested
                        + (outcome.actKind == ActKind.RESIZE_VCPUS ? " vCPUs" : " KiB")
                        + " "
                        + outcome.status
                        + " in "
                        + outcome.durationNs / 1_000_000
                        + " ms";
        return outcome.message.toString().isEmpty() ? text : text + ": " + outcome.message;
    }

    private String nameOf(int slot) {
        VmNames known = names;
        VmNames.Vm vm = known == null ? null : known.at(slot);
        return vm == null ? "slot " + slot : vm.name();
    }
}
