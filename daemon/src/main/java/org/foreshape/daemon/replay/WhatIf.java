package org.foreshape.daemon.replay;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.foreshape.daemon.replay.CostBook.Entry;
import org.foreshape.daemon.replay.Estimate.Figure;
import org.foreshape.journal.JournalReader;
import org.foreshape.journal.VmNames;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Tick;
import org.foreshape.shaping.ShapingSettings;
import org.foreshape.shaping.tuning.TunerSettings;
import org.jspecify.annotations.Nullable;

/**
 * Lives through a journal under another policy, once as it is and once with late acts, and beside
 * it under the recorded one. What guests needed is known from what they used; what they had follows
 * from the policy's own acts, through {@link ReplayedHost}. One thread.
 */
public final class WhatIf implements AutoCloseable {
    private static final double NS_PER_HOUR = 3.6e12;
    private static final double KIB_PER_GIB = 1 << 20;

    private static final Figure SLACK = Figure.smooth(e -> e.cost().slackGibHours());
    private static final Figure LACK = Figure.counted(Entry::lackGibHours, Entry::starvedSamples);
    private static final Figure STARVED =
            Figure.counted(e -> e.cost().shortMinutes(), Entry::starvedSamples);
    private static final Figure ACTS = Figure.counted(e -> e.cost().acts(), e -> e.cost().acts());

    private final OtherPolicy policy;
    private final long fromNs;
    private final JournalPast past;
    private final JournalReader reader;
    private final VmNames names;
    private final Timeline timeline = new Timeline(Line.values().length);
    private final Differences differences = new Differences();
    private Tick recorded = new Tick(1);
    private String[] vmName = {};
    private long[] needKib = {};
    private @Nullable ReplayedPolicy again;
    private @Nullable ReplayedPolicy other;
    private @Nullable ReplayedPolicy late;
    private @Nullable CostBook recordedBook;
    private CostBook againBook = new CostBook(ShapingSettings.defaults());
    private CostBook otherBook = new CostBook(ShapingSettings.defaults());
    private CostBook lateBook = new CostBook(ShapingSettings.defaults());
    private ShapingSettings judge = ShapingSettings.defaults();
    private long runId = -1;
    private long startTimeNs;
    private long lastTimeNs;
    private double hours;
    private long eventCount;
    private long skippedCount;
    private int runCount;
    private long errorCount;
    private long stoppedCount;

    /** What {@link Timeline} holds, all VMs together, in GiB. */
    enum Line {
        NEEDED,
        RECORDED,
        OTHER
    }

    private WhatIf(Path directory, OtherPolicy policy, long fromSeconds) {
        this.policy = policy;
        this.fromNs = TimeUnit.SECONDS.toNanos(fromSeconds);
        this.past = JournalPast.of(directory);
        this.names = VmNames.of(directory);
        this.reader = JournalReader.open(directory);
    }

    /**
     * Opens a journal and reads it a first time.
     *
     * @param directory the journal
     * @param policy the other policy
     * @param fromSeconds costs count from this second of each run on
     * @throws org.foreshape.journal.JournalException when there is none, or it is damaged
     */
    public static WhatIf open(Path directory, OtherPolicy policy, long fromSeconds) {
        return new WhatIf(directory, policy, fromSeconds);
    }

    /**
     * Lives through all of it. Call it once.
     *
     * @throws org.foreshape.daemon.fault.Failure when the recorded policy cannot be found again
     * @throws org.foreshape.journal.JournalException at damage, naming the place
     */
    public WhatIfReport run() {
        long startNs = System.nanoTime();
        while (reader.advance()) {
            recorded = fitting(recorded);
            reader.read(recorded);
            names.observe(reader.runId(), recorded);
            begin();
            ReplayedPolicy former = again;
            ReplayedPolicy present = other;
            ReplayedPolicy delayed = late;
            if (former == null || present == null || delayed == null) {
                skippedCount++;
                continue;
            }
            eventCount++;
            if (recorded.kind == EventKind.SAMPLE) {
                look();
            }
            Tick wouldAgain = former.take(reader, needKib);
            Tick would = present.take(reader, needKib);
            Tick wouldLate = delayed.take(reader, needKib);
            if (recorded.kind == EventKind.SAMPLE) {
                count(wouldAgain.sample, would.sample, wouldLate.sample);
                differences.compare(runId, recorded, would.plan, vmName);
            }
        }
        endRun();
        return report((System.nanoTime() - startNs) / 1e9);
    }

    private Tick fitting(Tick tick) {
        return tick.vmCountMax >= reader.vmCountMax() ? tick : new Tick(reader.vmCountMax());
    }

    private void begin() {
        if (reader.runId() != runId) {
            endRun();
            runId = reader.runId();
        }
        if (recorded.kind != EventKind.CONTROL
                || recorded.control.kind != ControlKind.ENGINE_STARTED) {
            return;
        }
        endRun();
        RecordedRun decided = RecordedRun.of(recorded.control.text.toString(), policy.namedModel());
        int vmCountMax = decided.settings().vmCountMax();
        vmName = new String[vmCountMax];
        needKib = new long[vmCountMax];
        long run = runId;
        ReplayedHost.Still still = (slot, timeNs) -> past.standstills().isStill(run, slot, timeNs);
        again = new ReplayedPolicy(OtherPolicy.recorded(), decided, past.answerNs(), still);
        other = new ReplayedPolicy(policy, decided, past.answerNs(), still);
        late = new ReplayedPolicy(policy, decided, past.lateAnswerNs(), still);
        runCount++;
        if (recordedBook == null) {
            judge = decided.settings().shaping();
            recordedBook = new CostBook(judge);
            againBook = new CostBook(judge);
            otherBook = new CostBook(judge);
            lateBook = new CostBook(judge);
        }
        startTimeNs = recorded.timeNs;
        lastTimeNs = 0;
    }

    private void endRun() {
        for (ReplayedPolicy each : Arrays.asList(again, other, late)) {
            if (each != null) {
                errorCount += each.errorCount();
                stoppedCount += each.isStopped() ? 1 : 0;
                each.close();
            }
        }
        again = null;
        other = null;
        late = null;
        CostBook book = recordedBook;
        if (book != null) {
            book.pause();
            againBook.pause();
            otherBook.pause();
            lateBook.pause();
        }
    }

    private void look() {
        SampleSection sample = recorded.sample;
        for (int slot = 0; slot < sample.slotCount; slot++) {
            if (sample.hasGuestStats(slot)) {
                needKib[slot] = past.needs().needKib(runId, sample, slot, recorded.timeNs);
                VmNames.Vm vm = names.find(slot, sample.generation[slot]);
                vmName[slot] = vm == null ? "slot " + slot : vm.name();
            }
        }
    }

    private void count(SampleSection wouldAgain, SampleSection would, SampleSection wouldLate) {
        CostBook book = recordedBook;
        if (book == null || recorded.timeNs - startTimeNs < fromNs) {
            return;
        }
        hours += lastTimeNs == 0 ? 0 : (recorded.timeNs - lastTimeNs) / NS_PER_HOUR;
        lastTimeNs = recorded.timeNs;
        book.count(recorded.sample, needKib, vmName, recorded.timeNs);
        againBook.count(wouldAgain, needKib, vmName, recorded.timeNs);
        otherBook.count(would, needKib, vmName, recorded.timeNs);
        lateBook.count(wouldLate, needKib, vmName, recorded.timeNs);
        double needed = 0;
        double had = 0;
        double wouldHave = 0;
        for (int slot = 0; slot < would.slotCount; slot++) {
            if (would.hasGuestStats(slot)) {
                needed += needKib[slot];
                had += recorded.sample.allocationKib[slot];
                wouldHave += would.allocationKib[slot];
            }
        }
        timeline.add(
                recorded.timeNs, needed / KIB_PER_GIB, had / KIB_PER_GIB, wouldHave / KIB_PER_GIB);
    }

    private WhatIfReport report(double seconds) {
        double minutePrice = judge.shortMinutePriceMilliGibHours() / 1000.;
        double actPrice = TunerSettings.DEFAULTS.actPriceGibHours();
        Figure cost =
                new Figure(
                        e ->
                                e.cost().slackGibHours()
                                        + minutePrice * e.cost().shortMinutes()
                                        + actPrice * e.cost().acts(),
                        e -> minutePrice * e.cost().shortMinutes(),
                        Entry::starvedSamples);
        CostBook book = recordedBook;
        Estimate.Lives lives =
                new Estimate.Lives(
                        book == null ? List.of() : book.entries(),
                        againBook.entries(),
                        otherBook.entries(),
                        lateBook.entries());
        List<WhatIfReport.Vm> vms = new ArrayList<>();
        for (String vm : new TreeSet<>(lives.recorded().stream().map(Entry::vm).toList())) {
            Estimate.Lives own = lives.of(vm);
            vms.add(
                    new WhatIfReport.Vm(
                            vm,
                            Estimate.of(own, SLACK),
                            Estimate.of(own, STARVED),
                            Estimate.of(own, ACTS)));
        }
        return new WhatIfReport(
                policy.name(),
                hours,
                eventCount,
                runCount,
                seconds,
                minutePrice,
                actPrice,
                past.answerNs() / 1e6,
                Estimate.of(lives, Figure.smooth(Entry::givenGibHours)),
                Estimate.of(lives, SLACK),
                Estimate.of(lives, LACK),
                Estimate.of(lives, STARVED),
                Estimate.of(lives, ACTS),
                Estimate.of(lives, cost),
                differences.targetCount(),
                differences.apartCount(),
                vms,
                differences.furthest(),
                problems(lives.recorded()));
    }

    private List<String> problems(List<Entry> was) {
        List<String> problems = new ArrayList<>();
        if (was.isEmpty()) {
            problems.add("no VM was sampled twice with young statistics: there is nothing to tell");
        }
        if (skippedCount > 0) {
            problems.add(skippedCount + " events skipped: their run's beginning was pruned");
        }
        if (errorCount > 0) {
            problems.add(errorCount + " stages failed");
        }
        if (stoppedCount > 0) {
            problems.add(
                    stoppedCount
                            + " times a plan would have broken an invariant, and nothing was done"
                            + " for the rest of the run");
        }
        return problems;
    }

    /** All VMs together over time, as a picture in SVG. Call it after {@link #run}. */
    public String picture() {
        return WhatIfPicture.draw(timeline, policy.name());
    }

    /** Closes the journal, and what a failed run left open. */
    @Override
    public void close() {
        endRun();
        reader.close();
    }
}
