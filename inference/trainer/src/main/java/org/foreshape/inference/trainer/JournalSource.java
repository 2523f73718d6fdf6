package org.foreshape.inference.trainer;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.foreshape.inference.GridSteps;
import org.foreshape.inference.trace.SeriesSpool;
import org.foreshape.inference.trace.StepSeries;
import org.foreshape.inference.trace.VmGroups;
import org.foreshape.journal.JournalEvents;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.jspecify.annotations.Nullable;

/**
 * Journals of an engine, cut into the grid steps that the engine itself would have fed its model
 * with, and kept in a file until they are used. Reading holds one event and some blocks of steps in
 * memory, however long the journals are.
 */
final class JournalSource implements DemandSource {
    /** Steps that a row needs before it for the model to speak. */
    private static final int HISTORY_STEPS = LanePool.SETTLE_STEPS;

    private static final int LONGEST_HORIZON_SECONDS = 900;
    private static final int ORIGIN_SECONDS = 300;
    private static final long SHORT_SECONDS = 2 * 86_400L;
    private static final long REPORT_EVERY_NS = 10_000_000_000L;

    private final int gridStepSeconds;
    private final Path file;
    private final SeriesSpool spool;
    private final @Nullable VmGroups groups;
    private final String name;
    private final String sha256;

    private JournalSource(
            int gridStepSeconds,
            Path file,
            SeriesSpool spool,
            @Nullable VmGroups groups,
            String name) {
        this.gridStepSeconds = gridStepSeconds;
        this.file = file;
        this.spool = spool;
        this.groups = groups;
        this.name = name;
        this.sha256 = spool.sha256();
    }

    /**
     * Reads journals.
     *
     * @param journals their directories, in the order of time
     * @param gridStepSeconds seconds of a step
     * @param untilSeconds samples so long after the first one and later are left out
     * @param groups who belongs together, by name; null: every VM is a group of its own
     * @param folder an existing folder for the file
     * @param log where progress goes
     * @throws IllegalArgumentException when no VM has enough steps
     * @throws org.foreshape.journal.JournalException when a journal is missing or damaged
     */
    static JournalSource read(
            List<Path> journals,
            int gridStepSeconds,
            long untilSeconds,
            @Nullable VmGroups groups,
            Path folder,
            PrintStream log)
            throws IOException {
        Path file = folder.resolve("steps");
        SeriesSpool spool = new SeriesSpool(file);
        try {
            GridSteps grid = new GridSteps(gridStepSeconds, spool);
            Reading reading = new Reading(grid, untilSeconds, log);
            for (Path journal : journals) {
                reading.journal = journal;
                JournalEvents.read(journal, reading::take);
                grid.finish(); // Another engine's run numbers mean other runs.
            }
            String name =
                    journals.stream()
                            .map(journal -> String.valueOf(journal.getFileName()))
                            .collect(Collectors.joining(", "));
            checkLength(name, spool, gridStepSeconds);
            JournalSource source = new JournalSource(gridStepSeconds, file, spool, groups, name);
            log.printf(
                    Locale.ROOT,
                    "journal %s: %,d events, %,d steps of %d s of all VMs, at most %,d of one%n",
                    name,
                    reading.events,
                    spool.stepCount(),
                    gridStepSeconds,
                    spool.longest());
            return source;
        } catch (RuntimeException e) {
            spool.close();
            Files.deleteIfExists(file);
            throw e;
        }
    }

    private static void checkLength(String name, SeriesSpool spool, int gridStepSeconds) {
        int needed = HISTORY_STEPS + (LONGEST_HORIZON_SECONDS + ORIGIN_SECONDS) / gridStepSeconds;
        if (spool.longest() < needed) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "The journal %s is too short: its longest stretch of one VM has %d steps"
                                    + " of %d s, needed are %d (%.0f min) for some origins whose"
                                    + " next 15 min are known. Record for longer.",
                            name,
                            spool.longest(),
                            gridStepSeconds,
                            needed,
                            Math.ceil(needed * gridStepSeconds / 60.)));
        }
    }

    /** The way from events to steps, up to a time. */
    private static final class Reading {
        private final GridSteps grid;
        private final long untilSeconds;
        private final PrintStream log;
        private Path journal = Path.of("");
        private long firstNs = Long.MIN_VALUE;
        private long events;
        private long reportedNs = System.nanoTime();

        Reading(GridSteps grid, long untilSeconds, PrintStream log) {
            this.grid = grid;
            this.untilSeconds = untilSeconds;
            this.log = log;
        }

        boolean take(long runId, Tick tick) {
            if (tick.kind == EventKind.SAMPLE) {
                firstNs = firstNs == Long.MIN_VALUE ? tick.timeNs : firstNs;
                if ((tick.timeNs - firstNs) / 1_000_000_000L >= untilSeconds) {
                    return false;
                }
            }
            grid.take(runId, tick);
            events++;
            if ((events & 1023) == 0 && System.nanoTime() - reportedNs > REPORT_EVERY_NS) {
                reportedNs = System.nanoTime();
                log.printf(
                        Locale.ROOT,
                        "reading %s: %,d events, %,d min of its time%n",
                        journal,
                        events,
                        (tick.timeNs - firstNs) / 60_000_000_000L);
            }
            return true;
        }
    }

    @Override
    public int gridStepSeconds() {
        return gridStepSeconds;
    }

    @Override
    public long stepCount() {
        return spool.stepCount();
    }

    @Override
    public Map<String, String> dataSha256() {
        return Map.of(name, sha256);
    }

    @Override
    public void forEach(Sink sink) throws IOException {
        spool.forEach(series -> sink.add(groupOf(series), series.firstStep(), series.percent()));
    }

    private String groupOf(StepSeries series) {
        return groups == null ? series.identity().toString() : groups.groupOf(series.vm());
    }

    @Override
    public HoldBack holdBack(long seed) {
        List<String> all = new ArrayList<>();
        try {
            spool.forEach(series -> all.add(groupOf(series)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return HoldBack.of(all, spool.firstStep(), spool.endStep(), seed);
    }

    @Override
    public boolean isShort() {
        return (spool.endStep() - spool.firstStep()) * gridStepSeconds < SHORT_SECONDS;
    }

    @Override
    public void close() throws IOException {
        spool.close();
        Files.deleteIfExists(file);
    }
}
