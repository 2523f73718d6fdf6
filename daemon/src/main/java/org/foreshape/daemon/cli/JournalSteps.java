package org.foreshape.daemon.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.inference.GridSteps;
import org.foreshape.inference.trace.SeriesSpool;
import org.foreshape.journal.CorruptRecordException;
import org.foreshape.journal.JournalEvents;
import org.foreshape.journal.JournalException;

/**
 * What journals hold of each VM, cut into the steps that an engine would feed its model with.
 *
 * @param spool the series
 * @param file where the spool keeps them; deleted by {@link #close}
 */
record JournalSteps(SeriesSpool spool, Path file) implements AutoCloseable {
    /**
     * Reads journals.
     *
     * @throws Failure when one is missing or damaged, or none has a whole step
     */
    // The spool is the record's: its close() closes it, and so does a failure in here.
    @SuppressWarnings("MustBeClosedChecker")
    static JournalSteps read(List<Path> journals, int stepSeconds) throws IOException {
        Path file = Files.createTempFile("foreshape-steps", null);
        JournalSteps steps = new JournalSteps(new SeriesSpool(file), file);
        try {
            GridSteps grid = new GridSteps(stepSeconds, steps.spool());
            for (Path journal : journals) {
                JournalEvents.read(
                        journal,
                        (runId, tick) -> {
                            grid.take(runId, tick);
                            return true;
                        });
                grid.finish(); // Another engine's run numbers mean other runs.
            }
            if (steps.spool().stepCount() == 0) {
                throw Failure.check(
                        "the journal has not one whole step of "
                                + stepSeconds
                                + " s of any VM; record for longer");
            }
            return steps;
        } catch (CorruptRecordException e) {
            steps.close();
            throw Failure.check(e.getMessage());
        } catch (JournalException e) {
            steps.close();
            throw Failure.missing(e.getMessage(), e);
        } catch (RuntimeException e) {
            steps.close();
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        spool.close();
        Files.deleteIfExists(file);
    }
}
