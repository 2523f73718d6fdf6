package org.foreshape.daemon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.foreshape.inference.ForecastModel;
import org.foreshape.journal.JournalReader;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.LearntKind;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.event.VmPolicy;
import org.foreshape.shaping.ShapingSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RehearsalTest {
    @TempDir Path directory;

    private static EngineSpec spec() {
        ForecastModel model = ForecastModel.shipped();
        RunSettings settings =
                new RunSettings(
                        64,
                        RunSettings.Forecasting.MODEL,
                        model.name(),
                        model.manifest().modelSha256(),
                        model.manifest().gridStepSeconds(),
                        ShapingSettings.defaults());
        return new EngineSpec(
                settings,
                (known, errors) -> {
                    throw new IllegalStateException("a rehearsal has no business with real VMs");
                },
                EngineClock.wall(),
                name -> new VmPolicy(VmMode.ENFORCE, 5, 0, Long.MAX_VALUE),
                1 << 20,
                model,
                false,
                null);
    }

    @Test
    void shouldRemoveWhatKilledProcessesLeft() throws Exception {
        Path own = Files.createDirectory(directory.resolve("foreshape-rehearsal1"));
        Path young = Files.createDirectory(directory.resolve("foreshape-rehearsal2"));
        Path old = Files.createDirectory(directory.resolve("foreshape-rehearsal3"));
        Files.writeString(old.resolve("journal.cq4"), "left");
        Path other = Files.createDirectory(directory.resolve("foreshape-other"));
        Path outside = Files.writeString(other.resolve("kept"), "not ours");
        Files.createSymbolicLink(old.resolve("link"), other);
        Path link = Files.createSymbolicLink(directory.resolve("foreshape-rehearsal4"), other);
        FileTime anHourAgo = FileTime.from(Instant.now().minus(Duration.ofHours(1)));
        for (Path one : List.of(old, other)) {
            Files.setLastModifiedTime(one, anHourAgo);
        }
        Rehearsal.sweep(own);
        assertThat(old).doesNotExist();
        assertThat(outside).exists();
        assertThat(link).exists();
        assertThat(own).exists();
        assertThat(young).exists();
    }

    /** What is not gone through in it is not compiled by it. */
    @Test
    void shouldGoThroughForecastsOfBothKindsAndActs() {
        Rehearsal.run(spec(), directory, TimeUnit.SECONDS.toNanos(40), () -> false);
        long acts = 0;
        long fromModel = 0;
        long fromFallback = 0;
        long tasks = 0;
        Set<LearntKind> learnt = EnumSet.noneOf(LearntKind.class);
        try (JournalReader reader = JournalReader.open(directory)) {
            Tick tick = new Tick(RehearsalVms.COUNT);
            while (reader.next(tick)) {
                learnt.add(tick.learnt.kind);
                tasks += tick.kind == EventKind.TASK ? 1 : 0;
                acts += tick.kind == EventKind.SAMPLE ? tick.plan.actCount : 0;
                for (int slot = 0; slot < tick.forecast.slotCount; slot++) {
                    fromModel += tick.forecast.source[slot] == ForecastSource.MODEL ? 1 : 0;
                    fromFallback += tick.forecast.source[slot] == ForecastSource.FALLBACK ? 1 : 0;
                }
            }
        }
        assertThat(acts).as("acts").isGreaterThan(50);
        assertThat(tasks).as("news of tasks").isGreaterThan(100);
        assertThat(learnt).contains(LearntKind.CALIBRATION, LearntKind.ESTIMATOR);
        assertThat(fromModel).as("forecasts of the model").isGreaterThan(1000);
        assertThat(fromFallback).as("forecasts of the fallback").isGreaterThan(100);
    }

    @Test
    void shouldEndEarlyWhenItsEngineStops() {
        AtomicInteger asked = new AtomicInteger();
        Rehearsal.run(
                spec(),
                directory,
                TimeUnit.SECONDS.toNanos(40),
                () -> asked.incrementAndGet() > 20);
        long samples = 0;
        try (JournalReader reader = JournalReader.open(directory)) {
            Tick tick = new Tick(RehearsalVms.COUNT);
            while (reader.next(tick)) {
                samples += tick.kind == EventKind.SAMPLE ? 1 : 0;
            }
        }
        assertThat(samples).isEqualTo(20);
    }

    @Test
    void shouldLeaveNeitherFileNorThreadBehind() throws Exception {
        // What killed processes left would be removed by the rehearsal.
        Path own = Files.createTempDirectory("foreshape-rehearsal");
        Rehearsal.sweep(own);
        Files.delete(own);
        Set<String> filesBefore = rehearsalFiles();
        Rehearsal.once(spec());
        assertThat(rehearsalFiles()).isEqualTo(filesBefore);
        assertThat(Thread.getAllStackTraces().keySet().stream().map(Thread::getName))
                .noneMatch(name -> name.startsWith("foreshape-engine"));
    }

    private static Set<String> rehearsalFiles() throws Exception {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("foreshape-rehearsal"))
                    .collect(Collectors.toSet());
        }
    }
}
