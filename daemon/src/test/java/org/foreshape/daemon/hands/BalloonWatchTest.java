package org.foreshape.daemon.hands;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.foreshape.hypervisor.VmMemory;
import org.foreshape.prefault.RamFinder;
import org.foreshape.prefault.RamRange;
import org.foreshape.ring.DistinctErrors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A JVM of its own stands for a QEMU: its memory file of a guest's size, by QEMU's own name. */
@Timeout(90)
class BalloonWatchTest {
    private static final long MIB = 1 << 20;
    private static final long SIZE = 64 * MIB;
    private static final VmSeat VM = new VmSeat(0, 1, "vm");

    private final FakeEngine engine = new FakeEngine();
    private final FakeHypervisor hypervisor = new FakeHypervisor();
    private final DistinctErrors errors = new DistinctErrors();
    private final BalloonWatch watch = new BalloonWatch(hypervisor, engine, errors);
    private Process process;

    /** The process: fills its memory, says so, and takes what it is told to take. */
    static final class Taker {
        private Taker() {}

        public static void main(String[] args) throws Exception {
            try (var memory =
                    org.foreshape.nativebindings.linux.MappedMemory.create(
                            "memory-backend-memfd", SIZE)) {
                memory.segment().fill((byte) 1);
                System.out.println("up");
                for (int mib = System.in.read(); mib >= 0; mib = System.in.read()) {
                    memory.punchHole(mib * MIB, 4 * MIB);
                    System.out.println("taken");
                }
            }
        }
    }

    private RamRange start() throws Exception {
        process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-Xmx32m",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty(
                                        "surefire.test.class.path",
                                        System.getProperty("java.class.path")),
                                Taker.class.getName())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        assertThat(process.inputReader().readLine()).isEqualTo("up");
        return RamFinder.find((int) process.pid(), SIZE).orElseThrow();
    }

    private void take(int mib) throws Exception {
        process.getOutputStream().write(mib);
        process.getOutputStream().flush();
        assertThat(process.inputReader().readLine()).isEqualTo("taken");
    }

    private void memory(long heldBytes, boolean reported) {
        hypervisor.memory =
                new VmMemory.OfProcess((int) process.pid(), SIZE, heldBytes, reported, null);
    }

    private void show(long heldBytes) {
        engine.show(VM, SIZE / 1024, (SIZE - heldBytes) / 1024);
        watch.round();
    }

    @AfterEach
    void end() throws InterruptedException {
        if (process != null) {
            process.destroyForcibly().waitFor(20, TimeUnit.SECONDS);
        }
        assertThat(errors.list()).as("errors").isEmpty();
    }

    @Test
    void shouldFollowTheFiguresOfSamples() throws Exception {
        RamRange range = start();
        engine.enforce(VM);
        memory(0, false);
        show(0);
        assertThat(watch.isShrink(0, 1, SIZE / 1024 - 4096)).isTrue();
        assertThat(watch.isShrink(0, 1, SIZE / 1024)).isFalse();
        assertThat(watch.isShrink(0, 2, 1)).as("another VM").isFalse();
        watch.beforeShrink(0, 1);
        take(8);
        show(4 * MIB);
        show(0);
        BalloonBook book = watch.of(0, 1, range);
        assertThat(book).isNotNull();
        assertThat(book.known(0).givenBytes(0)).isEqualTo(4 * MIB);
    }

    @Test
    void shouldDropTheBookOfAProcessThatDiedAndNotMistakeAnotherForIt() throws Exception {
        RamRange first = start();
        engine.enforce(VM);
        memory(0, false);
        show(0);
        assertThat(watch.of(0, 1, first)).isNotNull();
        process.destroyForcibly().waitFor();
        show(8 * MIB);
        assertThat(watch.of(0, 1, first)).isNull();
        assertThat(watch.whyNone(0, 1)).isNotEmpty();
        watch.beforeShrink(0, 1);

        RamRange second = start();
        memory(0, false);
        assertThat(watch.of(0, 1, second)).isNull();
    }

    @Test
    void shouldForgetAVmThatIsNotEnforcedAnyMore() throws Exception {
        RamRange range = start();
        engine.enforce(VM);
        memory(0, false);
        show(0);
        engine.release(VM);
        watch.round();
        assertThat(watch.of(0, 1, range)).isNull();
        assertThat(watch.whyNone(0, 1)).contains("not been watched yet");
    }

    @Test
    void shouldNotWatchAGuestThatHandsFreePagesBack() throws Exception {
        RamRange range = start();
        engine.enforce(VM);
        memory(0, true);
        show(0);
        assertThat(watch.of(0, 1, range)).isNull();
        assertThat(watch.whyNone(0, 1)).contains("freePageReporting");
    }
}
