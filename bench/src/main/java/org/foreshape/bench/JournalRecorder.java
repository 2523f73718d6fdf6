package org.foreshape.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.foreshape.hypervisor.VmSettings;
import org.foreshape.hypervisor.embedded.EmbeddedHypervisor;
import org.foreshape.hypervisor.embedded.EmbeddedOptions;
import org.foreshape.hypervisor.embedded.GuestSpec;
import org.foreshape.journal.JournalOptions;
import org.foreshape.journal.JournalWriter;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.EventWriter;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.event.VmPolicy;

/** Journals what embedded guests do while nobody shapes them. Any thread may publish. */
final class JournalRecorder implements EventPublisher {
    /** 2026-01-05T08:00Z, the demo's time. */
    static final long START_TIME_NS = 1_767_600_000_000_000_000L;

    /** Curves of many periods began so long before that none of them are in step. */
    static final long CURVES_BEFORE_NS = TimeUnit.HOURS.toNanos(5);

    private final JournalWriter writer;
    private final Tick tick;

    private JournalRecorder(JournalWriter writer, int vmCount) {
        this.writer = writer;
        this.tick = new Tick(vmCount);
    }

    /**
     * Records a journal.
     *
     * @param directory where
     * @param guests who
     * @param seconds of the guests' time
     * @param speed seconds of it in a second
     */
    static void record(Path directory, List<GuestSpec> guests, int seconds, double speed)
            throws InterruptedException {
        int count = guests.size();
        EmbeddedOptions options =
                new EmbeddedOptions.Builder()
                        .scale(16 * count)
                        .originTimeNs(START_TIME_NS - CURVES_BEFORE_NS)
                        .hostMemoryKib(guests.stream().mapToLong(GuestSpec::ceilingKib).sum())
                        .build();
        try (JournalWriter writer = JournalWriter.open(JournalOptions.of(directory, count));
                EmbeddedHypervisor hypervisor =
                        new EmbeddedHypervisor(guests, options, new NoSettings(), count)) {
            JournalRecorder recorder = new JournalRecorder(writer, count);
            EngineClock clock = EngineClock.compressed(speed, START_TIME_NS);
            hypervisor.start(recorder, clock);
            // From here: filling what the guests begin with took some of it.
            long endNs = clock.timeNs() + TimeUnit.SECONDS.toNanos(seconds);
            while (clock.timeNs() < endNs) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
    }

    @Override
    public synchronized boolean tryPublish(EventWriter event) {
        event.write(tick);
        writer.record(tick);
        writer.endOfBatch();
        return true;
    }

    @Override
    public void publish(EventWriter event) {
        tryPublish(event);
    }

    /** Nobody may act. */
    private record NoSettings() implements VmSettings {
        @Override
        public VmPolicy policyFor(String vmName, UUID vmUuid) {
            return new VmPolicy(VmMode.OBSERVE, 0, 0, Long.MAX_VALUE);
        }

        @Override
        public long originalKib(UUID vmUuid, long currentKib) {
            return currentKib;
        }
    }
}
