package org.foreshape.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.foreshape.journal.JournalOptions;
import org.foreshape.journal.JournalWriter;
import org.foreshape.journal.SyncPolicy;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.Verdict;

/**
 * Exports a long journal to Parquet by the command that people use, in a process of its own, and
 * looks at its time and its resident memory. The journal is that of a host with one VM: nine in ten
 * records are samples with forecast and plan, each tenth is the outcome of an act.
 */
final class ExportBenchmark implements Benchmark {
    private static final long SEED = 1;
    private static final int RECORDS = 10_000_000;
    private static final long LOOK_MS = 50;

    @Override
    public String name() {
        return "export";
    }

    @Override
    public String purpose() {
        return "10 million records of a journal to Parquet: time and memory";
    }

    @Override
    public boolean needsGuests() {
        return false;
    }

    @Override
    public Result run(boolean quick) throws Exception {
        Result result = new Result("export");
        int records = quick ? RECORDS / 10 : RECORDS;
        Path folder = Files.createTempDirectory("foreshape-export");
        try {
            Path journal = folder.resolve("journal");
            long startNs = System.nanoTime();
            write(journal, records);
            result.fact("seed", SEED);
            result.fact("records", records);
            result.fact("writing them, s", seconds(startNs));
            result.fact("journal, MiB", sizeBytes(journal) >> 20);
            export(journal, folder.resolve("out"), folder.resolve("log"), records, result);
        } finally {
            Folders.delete(folder);
        }
        return result;
    }

    private static void write(Path journal, int records) {
        SyntheticHost host = new SyntheticHost(1, 1_000_000_000L, SEED);
        Tick tick = new Tick(1);
        try (JournalWriter writer =
                JournalWriter.open(JournalOptions.of(journal, 1).withSync(SyncPolicy.NONE, 0))) {
            host.writeArrival(tick, 0);
            writer.record(tick);
            for (int i = 1; i < records; i++) {
                if (i % 10 == 0) {
                    outcome(tick, i);
                } else {
                    sample(host, tick);
                }
                tick.sequence = i;
                writer.record(tick);
            }
        }
    }

    private static void outcome(Tick tick, int i) {
        tick.begin(EventKind.OUTCOME, tick.timeNs);
        tick.outcome.planSequence = i - 1L;
        tick.outcome.vmGeneration = 1;
        tick.outcome.actKind = ActKind.RESIZE_MEMORY;
        tick.outcome.requested = i;
        tick.outcome.status = OutcomeStatus.DONE;
        tick.outcome.durationNs = 1_000_000L + i;
    }

    private static void sample(SyntheticHost host, Tick tick) {
        host.write(tick);
        long usedKib = tick.sample.residentKib[0];
        tick.forecast.slotCount = 1;
        tick.forecast.source[0] = ForecastSource.MODEL;
        for (int k = 0; k < ForecastSection.STRIDE; k++) {
            tick.forecast.quantile[k] = usedKib * (1 + k % 10 / 10f);
        }
        tick.plan.made = true;
        tick.plan.slotCount = 1;
        tick.plan.verdict[0] = Verdict.HOLD;
        tick.plan.demandKib[0] = usedKib;
        tick.plan.wantKib[0] = usedKib + usedKib / 10;
        tick.plan.targetKib[0] = tick.sample.allocationKib[0];
        tick.plan.allocationKib[0] = tick.sample.allocationKib[0];
    }

    private static void export(Path journal, Path out, Path log, int records, Result result)
            throws IOException, InterruptedException {
        Path home = Path.of(System.getProperty("foreshape.home", "."));
        ProcessBuilder builder =
                new ProcessBuilder(
                        List.of(
                                home.resolve("foreshape").toString(),
                                "journal",
                                "export",
                                "--format",
                                "parquet",
                                "--out",
                                out.toString(),
                                "--journal",
                                journal.toString()));
        builder.redirectErrorStream(true).redirectOutput(log.toFile());
        long startNs = System.nanoTime();
        Process process = builder.start();
        long peakKib = 0;
        while (process.isAlive()) {
            peakKib = Math.max(peakKib, residentPeakKib(process.pid()));
            Thread.sleep(LOOK_MS);
        }
        double seconds = seconds(startNs);
        if (process.exitValue() != 0) {
            throw new IllegalStateException("the export failed: " + Files.readString(log));
        }
        result.fact("files, MiB", sizeBytes(out) >> 20);
        result.fact("records a second", String.format(Locale.ROOT, "%.0f", records / seconds));
        result.wantAtMost("export, s", seconds, 60);
        result.wantAtMost("most resident memory of the export, MiB", peakKib / 1024.0, 1024);
    }

    /** The kernel's own high-water mark; 0 when the process has just ended. */
    private static long residentPeakKib(long pid) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .findFirst()
                    .orElse(0);
        } catch (IOException | java.io.UncheckedIOException ended) {
            return 0;
        }
    }

    private static double seconds(long sinceNs) {
        return (System.nanoTime() - sinceNs) / 1e9;
    }

    private static long sizeBytes(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        }
    }
}
