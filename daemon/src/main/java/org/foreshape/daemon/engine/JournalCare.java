package org.foreshape.daemon.engine;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;
import org.foreshape.daemon.hands.Chore;
import org.foreshape.journal.JournalOptions;
import org.foreshape.journal.JournalPruner;
import org.foreshape.journal.JournalWriter;
import org.foreshape.journal.Retention;
import org.foreshape.ring.DistinctErrors;
import org.jspecify.annotations.Nullable;

/**
 * Looks after the journal beside the engine: says at the start when nothing of it is durable, and
 * removes what need not be kept any more. Does nothing where there is no journal.
 */
final class JournalCare implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(JournalCare.class.getName());
    private static final long PERIOD_NS = TimeUnit.MINUTES.toNanos(10);

    private final @Nullable JournalWriter journal;
    private final @Nullable Chore pruning;

    JournalCare(
            @Nullable JournalOptions options,
            @Nullable JournalWriter journal,
            DistinctErrors errors) {
        this.journal = journal;
        this.pruning =
                options == null || options.retention().equals(Retention.EVERYTHING)
                        ? null
                        : new Chore("journal-pruning", PERIOD_NS, () -> prune(options), errors);
    }

    void start() {
        String fault = journal == null ? null : journal.durabilityFault();
        if (fault != null) {
            LOG.warning(fault);
        }
        if (pruning != null) {
            pruning.start();
        }
    }

    private static void prune(JournalOptions options) {
        JournalPruner.Report report =
                JournalPruner.prune(options.directory(), options.retention(), Instant.now(), false);
        if (!report.removed().isEmpty()) {
            LOG.info(
                    "%d files of the journal, %d MiB, were older or more than is kept, and removed"
                            .formatted(report.removed().size(), report.removedBytes() >> 20));
        }
    }

    /** Why the journal takes no samples now, or null; it ends by itself. Any thread. */
    @Nullable String shortage() {
        return journal == null ? null : journal.shortage();
    }

    @Override
    public void close() {
        if (pruning != null) {
            pruning.close();
        }
    }
}
