package org.foreshape.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.foreshape.ring.EngineClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PsiWatcherTest {
    private final EventLog log = new EventLog(1);

    @Test
    void shouldSayWhyThereIsNothingToWatch(@TempDir Path folder) {
        Set<Thread> before = Threads.alive();
        try (PsiWatcher watcher = new PsiWatcher(folder.resolve("memory"), 100_000)) {
            assertThat(watcher.unavailableReason()).contains("not started");
            assertThatCode(() -> watcher.start(log, EngineClock.wall())).doesNotThrowAnyException();

            assertThat(watcher.unavailableReason())
                    .contains("cannot be watched")
                    .contains(folder.toString());
        }
        assertThat(Threads.left(before)).isEmpty();
    }

    @Test
    void shouldWatchThisHostOrSayWhyNotAndEndInOrder() {
        Set<Thread> before = Threads.alive();
        PsiWatcher watcher = new PsiWatcher(PsiWatcher.HOST_MEMORY, 1_000_000);
        watcher.start(log, EngineClock.wall());
        if (Files.isWritable(PsiWatcher.HOST_MEMORY)) {
            assertThat(watcher.unavailableReason()).isNull();
        } else {
            assertThat(watcher.unavailableReason()).contains(PsiWatcher.HOST_MEMORY.toString());
        }
        watcher.close();
        watcher.close();

        assertThat(watcher.unavailableReason()).isNotNull();
        assertThat(Threads.left(before)).isEmpty();
    }
}
