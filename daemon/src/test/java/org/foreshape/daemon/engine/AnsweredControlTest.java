package org.foreshape.daemon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.foreshape.journal.JournalReader;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an operator was told is done is in the journal, whatever becomes of the process then. */
@Timeout(60)
class AnsweredControlTest {
    private static final int GUESTS = 2;
    private static final long START_NS = 1_767_600_000_000_000_000L;

    @TempDir Path folder;

    @Test
    void shouldAnswerOnlyWhenTheJournalHasIt() throws Exception {
        Path journal = folder.resolve("journal");
        try (Engine engine = new DemoEngine(GUESTS, 1, START_NS, VmMode.RECOMMEND).open(journal)) {
            engine.start();
            EngineControl control = new EngineControl(engine, () -> {});
            long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (engine.roster().all().size() < GUESTS) {
                assertThat(System.nanoTime()).as("VMs come").isLessThan(endNs);
                TimeUnit.MILLISECONDS.sleep(20);
            }
            String vm = engine.roster().all().getFirst().name();
            int modes = controls(journal, ControlKind.VM_POLICY).size();
            for (int round = 1; round <= 20; round++) {
                control.pause();
                assertThat(controls(journal, ControlKind.PAUSED)).hasSize(round);
                control.resume();
                assertThat(controls(journal, ControlKind.RESUMED)).hasSize(round);
                control.mode(vm, round % 2 == 0 ? VmMode.OBSERVE : VmMode.ENFORCE);
                assertThat(controls(journal, ControlKind.VM_POLICY)).hasSize(modes + round);
            }
        }
    }

    private static List<String> controls(Path journal, ControlKind kind) {
        List<String> found = new ArrayList<>();
        Tick tick = new Tick(GUESTS);
        try (JournalReader reader = JournalReader.open(journal)) {
            while (reader.advance()) {
                reader.readEvent(tick);
                if (tick.kind == EventKind.CONTROL && tick.control.kind == kind) {
                    found.add(tick.control.text.toString());
                }
            }
        }
        return found;
    }
}
