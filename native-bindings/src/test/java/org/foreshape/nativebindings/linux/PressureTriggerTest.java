package org.foreshape.nativebindings.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.foreshape.nativebindings.linux.PressureTrigger.Kind;
import org.junit.jupiter.api.Test;

class PressureTriggerTest {
    private static final Path MEMORY = Path.of("/proc/pressure/memory");

    @Test
    void shouldSayWhenTheKernelHasNoPressureFile() {
        assertThatThrownBy(() ->
                        PressureTrigger.open(
                                Path.of("/proc/pressure/absent"), Kind.SOME, 1000, 2_000_000))
                .isInstanceOfSatisfying(
                        LinuxException.class,
                        failure -> {
                            assertThat(failure.symbol()).isEqualTo("ENOENT");
                            assertThat(failure.getMessage()).contains("/proc/pressure/absent");
                        });
    }

    @Test
    void shouldRefuseAStallLongerThanItsWindow() {
        assertThatThrownBy(() -> PressureTrigger.open(MEMORY, Kind.SOME, 3_000_000, 2_000_000))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PressureTrigger.open(MEMORY, Kind.SOME, 0, 2_000_000))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldPassOnTheKernelsRefusalWithTheCure() {
        assumeTrue(Files.isWritable(MEMORY), "skipped: " + MEMORY + " is not writable here");
        assertThatThrownBy(() -> PressureTrigger.open(MEMORY, Kind.SOME, 1000, 20_000_000))
                .isInstanceOfSatisfying(
                        LinuxException.class,
                        failure -> {
                            assertThat(failure.symbol()).isEqualTo("EINVAL");
                            assertThat(failure.getMessage()).contains("multiple of 2 s");
                        });
    }

    @Test
    void shouldWaitUpToItsLimitOnAQuietMachine() {
        assumeTrue(Files.isWritable(MEMORY), "skipped: " + MEMORY + " is not writable here");
        // Stalled for the whole window of 2 s: not reached by a machine that runs this test.
        PressureTrigger trigger = PressureTrigger.open(MEMORY, Kind.FULL, 2_000_000, 2_000_000);
        assertThat(trigger.await(10)).isFalse();
        assertThatThrownBy(() -> trigger.await(-1)).isInstanceOf(IllegalArgumentException.class);
        trigger.close();
        trigger.close();
        assertThatThrownBy(() -> trigger.await(10)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldFireWhenTasksStall() throws InterruptedException {
        Path cpu = Path.of("/proc/pressure/cpu");
        assumeTrue(Files.isWritable(cpu), "skipped: " + cpu + " is not writable here");
        AtomicBoolean done = new AtomicBoolean();
        List<Thread> spinners = new ArrayList<>();
        // More threads than processors: some of them always wait for one.
        for (int i = 0; i < Runtime.getRuntime().availableProcessors() + 2; i++) {
            spinners.add(
                    Thread.ofPlatform()
                            .start(() -> {
                                while (!done.get()) {
                                    Thread.onSpinWait();
                                }
                            }));
        }
        try (PressureTrigger trigger = PressureTrigger.open(cpu, Kind.SOME, 10_000, 2_000_000)) {
            assertThat(trigger.await(60_000)).isTrue();
        } finally {
            done.set(true);
            for (Thread spinner : spinners) {
                spinner.join();
            }
        }
    }
}
