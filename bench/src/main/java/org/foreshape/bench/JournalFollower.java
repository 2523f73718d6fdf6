package org.foreshape.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.foreshape.journal.JournalException;
import org.foreshape.journal.JournalReader;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.LearntSection;
import org.foreshape.ring.event.Tick;
import org.jspecify.annotations.Nullable;

/** Reads a journal along while others write it, over the ends of those who write. */
final class JournalFollower implements AutoCloseable {
    private static final long PAUSE_MS = 2;

    private final Path journal;
    private final Thread thread = new Thread(this::follow, "journal-follower");
    private final Set<String> tasks = new HashSet<>();
    private final List<String> takenBack = new ArrayList<>();
    private volatile boolean ended;
    private long recordCount;
    private long runs;
    private boolean decided;
    private @Nullable RuntimeException failure;

    JournalFollower(Path journal) {
        this.journal = journal;
        thread.setDaemon(true);
        thread.start();
    }

    private void follow() {
        try {
            while (!ended && !Files.isDirectory(journal)) {
                Thread.sleep(PAUSE_MS);
            }
            JournalReader reader = open();
            if (reader == null) {
                return;
            }
            try (reader) {
                Tick tick = new Tick(1);
                while (!ended) {
                    if (!reader.advance()) {
                        Thread.sleep(PAUSE_MS);
                        continue;
                    }
                    if (tick.vmCountMax < reader.vmCountMax()) {
                        tick = new Tick(reader.vmCountMax());
                    }
                    reader.read(tick);
                    see(reader.runId(), tick);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            synchronized (this) {
                failure = e;
            }
        }
    }

    /** The directory is there before there is anything in it. */
    private @Nullable JournalReader open() throws InterruptedException {
        while (!ended) {
            try {
                return JournalReader.open(journal);
            } catch (JournalException notYet) {
                Thread.sleep(PAUSE_MS);
            }
        }
        return null;
    }

    private synchronized void see(long runId, Tick tick) {
        recordCount++;
        if (runId != runs) {
            runs = runId;
            decided = false;
            takenBack.clear();
        }
        decided |= tick.plan.made;
        if (tick.kind == EventKind.TASK) {
            tasks.add(tick.task.id.toString());
        }
        if (tick.kind == EventKind.LEARNT) {
            takenBack.add(text(tick.learnt));
        }
    }

    /** What a part of learnt state says, whatever its number is. */
    static String text(LearntSection learnt) {
        byte[] payload = new byte[learnt.lengthBytes];
        learnt.payload.get(0, payload);
        return learnt.kind + " " + learnt.part + " " + HexFormat.of().formatHex(payload);
    }

    /** Whether a run has made a plan. */
    synchronized boolean hasDecided(long runId) {
        return runs == runId && decided;
    }

    /** What the newest run took back of what was learnt. */
    synchronized List<String> takenBack() {
        return List.copyOf(takenBack);
    }

    /** Records read so far. */
    synchronized long recordCount() {
        return recordCount;
    }

    /** The tasks that were read of. */
    synchronized Set<String> tasks() {
        return Set.copyOf(tasks);
    }

    /** What ended the reading, if anything did. */
    synchronized @Nullable RuntimeException failure() {
        return failure;
    }

    @Override
    public void close() {
        ended = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
