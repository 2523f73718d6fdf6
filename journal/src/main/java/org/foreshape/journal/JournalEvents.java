package org.foreshape.journal;

import java.nio.file.Path;
import org.foreshape.ring.event.Tick;

/**
 * Hands a journal's events on, one after the other, without what was decided on them. Holds one
 * event at a time.
 */
public final class JournalEvents {
    private JournalEvents() {}

    /** Takes events. */
    public interface Taker {
        /**
         * The next event.
         *
         * @param runId number of its run in the journal
         * @param tick the event; used again for the next one
         * @return whether to go on
         */
        boolean take(long runId, Tick tick);
    }

    /**
     * Reads a journal from its first record on.
     *
     * @param directory the journal
     * @param taker takes its events, in order
     * @throws CorruptRecordException at damage, naming the place; events before it were handed on
     * @throws UnsupportedVersionException when a newer program wrote it
     * @throws JournalException when there is no journal or it cannot be read
     */
    public static void read(Path directory, Taker taker) {
        try (JournalReader reader = JournalReader.open(directory)) {
            Tick tick = new Tick(1);
            boolean more = true;
            while (more && reader.advance()) {
                tick = JournalVerifier.fitting(tick, reader);
                reader.readEvent(tick);
                more = taker.take(reader.runId(), tick);
            }
        }
    }
}
