package org.foreshape.daemon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.foreshape.daemon.engine.RunSettings.Forecasting;
import org.foreshape.journal.JournalException;
import org.foreshape.ring.Counter;
import org.foreshape.ring.Counters;
import org.foreshape.ring.DistinctErrors;
import org.foreshape.ring.Enforcement;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.EventWriter;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.Tick;
import org.foreshape.shaping.MemoryShaper;
import org.foreshape.shaping.ShapingSettings;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SafetyWatchTest {
    private final BlockingQueue<String> published = new LinkedBlockingQueue<>();
    private final Counters counters = new Counters();
    private final DistinctErrors errors = new DistinctErrors();
    private final Enforcement enforcement = new Enforcement();
    private volatile @Nullable String shortage;

    /** Notes every control event. */
    private final class Notes implements EventPublisher {
        @Override
        public boolean tryPublish(EventWriter writer) {
            publish(writer);
            return true;
        }

        @Override
        public void publish(EventWriter writer) {
            Tick tick = new Tick(1);
            writer.write(tick);
            published.add(tick.control.kind + " " + tick.control.text);
        }
    }

    private SafetyWatch watch() {
        return new SafetyWatch(
                counters,
                errors,
                enforcement,
                new MemoryShaper(ShapingSettings.defaults(), 1),
                new Notes(),
                EngineClock.wall(),
                () -> shortage);
    }

    @Test
    void shouldStopActsAndSaySoWhenTheJournalFails() throws InterruptedException {
        try (SafetyWatch watch = watch()) {
            watch.start();
            errors.record("recorder", new JournalException("disk full: no space"));
            counters.increment(Counter.RECORDER_ERRORS);

            assertThat(published.poll(10, TimeUnit.SECONDS))
                    .startsWith(ControlKind.ENFORCEMENT_STOPPED.name())
                    .contains("disk full", "foreshape resume");
            assertThat(enforcement.isAllowed()).isFalse();
            assertThat(enforcement.stoppedReason()).contains("disk full");

            enforcement.allow();
            counters.increment(Counter.RECORDER_ERRORS);
            assertThat(published.poll(10, TimeUnit.SECONDS))
                    .startsWith(ControlKind.ENFORCEMENT_STOPPED.name());
        }
    }

    @Test
    void shouldOnlyRecommendWhileTheJournalHasNoRoomAndSayItOnce() throws InterruptedException {
        try (SafetyWatch watch = watch()) {
            shortage = "disk full: 1 MiB left";
            watch.start();
            assertThat(published.poll(10, TimeUnit.SECONDS))
                    .isEqualTo(ControlKind.JOURNAL_FULL.name() + " disk full: 1 MiB left");
            errors.record("recorder", new JournalException("disk full: no room"));
            counters.increment(Counter.RECORDER_ERRORS);
            assertThat(published.poll(500, TimeUnit.MILLISECONDS)).as("said once").isNull();
            assertThat(enforcement.isAllowed()).as("no operator is needed").isTrue();

            shortage = null;
            assertThat(published.poll(10, TimeUnit.SECONDS))
                    .startsWith(ControlKind.JOURNAL_ROOM.name());
            assertThat(published.poll(500, TimeUnit.MILLISECONDS)).isNull();
        }
    }

    @Test
    void shouldReadBackTheSettingsThatARunIsJournaledWith() {
        RunSettings settings =
                new RunSettings(
                        64,
                        Forecasting.MODEL,
                        "the shipped model",
                        "abc",
                        300,
                        ShapingSettings.defaults().with("marginFloorKib", 70_000));
        assertThat(RunSettings.parse(settings.toText())).isEqualTo(settings);
    }
}
