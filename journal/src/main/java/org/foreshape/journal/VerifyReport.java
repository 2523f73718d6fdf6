package org.foreshape.journal;

import java.util.List;

/**
 * What a check of a journal found.
 *
 * @param records sound records
 * @param runs runs that wrote them
 * @param samples, tasks, pressures, controls, outcomes records by what they tell
 * @param forecasts records with a forecast
 * @param plans records with a plan
 * @param intents acts of those plans
 * @param findings everything that is not as it should be or worth knowing, in the journal's order
 */
public record VerifyReport(
        long records,
        long runs,
        long samples,
        long tasks,
        long pressures,
        long controls,
        long outcomes,
        long forecasts,
        long plans,
        long intents,
        List<Finding> findings) {

    /** What a finding is about. */
    public enum Kind {
        /** A record is not what was written. */
        DAMAGED(true),
        /** Records are missing. */
        RECORDS_MISSING(true),
        /** Events of a run were not recorded; if stages saw them, its replay may differ. */
        EVENTS_MISSING(false),
        /** A newer program wrote the rest; it was not looked at. */
        NEWER_VERSION(true),
        /** The journal goes on in another file, which cannot be reached. */
        CUT_SHORT(true),
        /** A run's first events were pruned: it cannot be replayed. */
        BEGINNING_PRUNED(false),
        /** A run did not end in order: it was killed, or still runs. */
        RUN_NOT_ENDED(false),
        /** An act has no outcome: the run was killed before it came, or it is still under way. */
        INTENT_WITHOUT_OUTCOME(false);

        private final boolean fault;

        Kind(boolean fault) {
            this.fault = fault;
        }

        /** Whether the journal is not sound; else it is only worth knowing. */
        public boolean fault() {
            return fault;
        }
    }

    /**
     * One finding.
     *
     * @param kind what it is about
     * @param place where
     * @param text a sentence
     */
    public record Finding(Kind kind, Place place, String text) {}

    /** Takes a copy of the findings. */
    public VerifyReport {
        findings = List.copyOf(findings);
    }

    /** Whether the journal is sound. */
    public boolean ok() {
        for (Finding finding : findings) {
            if (finding.kind().fault()) {
                return false;
            }
        }
        return true;
    }
}
