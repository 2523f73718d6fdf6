package org.foreshape.daemon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.foreshape.daemon.replay.OtherPolicy;
import org.foreshape.daemon.replay.WhatIf;
import org.foreshape.daemon.replay.WhatIfReport;
import org.foreshape.daemon.tune.TunerPast;
import org.foreshape.inference.ForecastModel;
import org.foreshape.journal.JournalState;
import org.foreshape.journal.ReplayReport;
import org.foreshape.ring.event.VmMode;
import org.foreshape.shaping.ShapingSettings;
import org.foreshape.shaping.tuning.Bounds;
import org.foreshape.shaping.tuning.Tuner;
import org.foreshape.shaping.tuning.TunerSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The tuner beside an engine on embedded guests, and what the journal keeps of it. */
@Timeout(120)
class TunedEngineTest {
    private static final int VM_COUNT = 4;
    private static final double SPEED = 600;
    private static final long START_NS = 1_767_600_000_000_000_000L;

    /** One of the four guests has it. */
    private static final int CRITICAL = 6;

    private static final TunerSettings TUNER =
            new TunerSettings(Bounds.USUAL, 600, 4, 1e-5, 0, 10, .05, CRITICAL);

    @TempDir Path folder;

    private static Engine open(Path journal) {
        return new DemoEngine(VM_COUNT, SPEED, START_NS, VmMode.ENFORCE)
                .withTuner(TUNER)
                .open(journal);
    }

    private static TunerPast past(Path journal) {
        TunerPast past = new TunerPast();
        JournalState.read(journal, past::take);
        return past;
    }

    @Test
    void shouldLearnAndLeaveInTheJournalWhatItLearntFrom() throws Exception {
        Path journal = folder.resolve("journal");
        try (Engine engine = open(journal)) {
            engine.start();
            // A look a second: one epoch of ten minutes of the guests' time.
            for (int i = 0; i < 300 && past(journal).epochs().size() < 12; i++) {
                Thread.sleep(200);
            }
        }
        List<TunerPast.Epoch> epochs = past(journal).epochs();
        assertThat(epochs.size()).isGreaterThanOrEqualTo(12);
        int critical = 0;
        int tuned = 0;
        double slack = 0;
        for (TunerPast.Epoch epoch : epochs) {
            if (epoch.choice().situation().priority() == CRITICAL) {
                assertThat(epoch.choice().arm()).isZero();
                critical++;
            } else {
                assertThat(epoch.choice().chances()).allMatch(chance -> chance >= .05 - 1e-9);
                tuned++;
            }
            slack += epoch.cost().slackGibHours();
            assertThat(epoch.choice().situation().usedGib()).isPositive();
        }
        assertThat(slack).isPositive();
        assertThat(critical).isPositive();
        assertThat(tuned).isPositive();

        // The next run begins with all of it.
        Tuner one = new Tuner(TUNER, 1);
        Tuner other = new Tuner(TUNER, 1);
        assertThat(past(journal).teach(one)).isEqualTo(epochs.size());
        epochs.forEach(epoch -> other.learn(epoch.choice(), epoch.cost()));
        for (int arm = 0; arm < one.arms().size(); arm++) {
            assertThat(one.expectedCost(epochs.getLast().choice().situation(), arm))
                    .isEqualTo(other.expectedCost(epochs.getLast().choice().situation(), arm));
        }
        // A replay has no tuner: what was chosen is among the events.
        ReplayReport report =
                DemoEngine.replay(journal, ForecastModel.shipped(), (found, last) -> found);
        assertThat(report.ok()).as(report.toString()).isTrue();
        assertThat(report.plans()).isPositive().isEqualTo(report.identical());

        // Under other settings, be they the same, the tuner's choices do not count.
        WhatIfReport same = whatIf(journal, "recorded");
        assertThat(same.slack().other()).isEqualTo(same.slack().again());
        WhatIfReport untuned =
                whatIf(journal, "poolKib=" + ShapingSettings.defaults().atSpeed(SPEED).poolKib());
        assertThat(untuned.slack().again()).isEqualTo(same.slack().again());
        assertThat(untuned.slack().other()).isNotEqualTo(untuned.slack().again());
    }

    private static WhatIfReport whatIf(Path journal, String policy) {
        try (WhatIf whatIf = WhatIf.open(journal, OtherPolicy.of(List.of(policy), null), 0)) {
            WhatIfReport report = whatIf.run();
            assertThat(report.problems()).isEmpty();
            return report;
        }
    }
}
