package org.foreshape.daemon.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.foreshape.daemon.demo.DemoGuests;
import org.foreshape.hypervisor.embedded.EmbeddedHypervisor;
import org.foreshape.hypervisor.embedded.GuestSpec;
import org.foreshape.journal.JournalOptions;
import org.foreshape.journal.JournalReader;
import org.foreshape.journal.JournalVerifier;
import org.foreshape.journal.ReplayReport;
import org.foreshape.journal.RollPeriod;
import org.foreshape.journal.VerifyReport;
import org.foreshape.ring.Counter;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole engine, acting on embedded guests, with its journal on a disk that is filled ten times:
 * to the last byte or nearly, within a file and over the moment at which the next one is due.
 */
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class FullDiskTest {
    private static final long SEED = Long.getLong("foreshape.seed", 20_261_130L);
    private static final int FILLS = 10;
    private static final int VM_COUNT = 4;
    private static final double SPEED = 60;
    private static final long START_NS = 1_767_600_000_000_000_000L;
    private static final long MIB = 1 << 20;

    @TempDir Path folder;

    private Path disk;
    private boolean mounted;

    private void mount() throws Exception {
        disk = Files.createDirectory(folder.resolve("disk"));
        Path image = folder.resolve("image");
        assumeTrue(
                run("truncate", "-s", "192M", image.toString()) == 0
                        && run("mkfs.ext4", "-q", "-F", "-m", "0", image.toString()) == 0
                        && run("mount", "-o", "loop", image.toString(), disk.toString()) == 0,
                "an ext4 image cannot be made and mounted: not root, or no loop device");
        mounted = true;
    }

    @AfterEach
    void unmount() throws Exception {
        if (!mounted) {
            return;
        }
        // Chronicle unmaps files a moment after they are closed. The loop device goes with it.
        int status = run("umount", disk.toString());
        for (int i = 0; status != 0 && i < 50; i++) {
            Thread.sleep(100);
            status = run("umount", disk.toString());
        }
        assertThat(status).as("exit status of umount").isZero();
    }

    private static int run(String... command) throws IOException, InterruptedException {
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException absent) {
            return 127;
        }
    }

    @Test
    void shouldOnlyRecommendWhileTheDiskIsFullAndResumeByItself() throws Exception {
        mount();
        System.out.println("seed " + SEED);
        Random random = new Random(SEED);
        Path journal = disk.resolve("journal");
        DemoEngine made = new DemoEngine(VM_COUNT, SPEED, START_NS, VmMode.ENFORCE).withoutModel();
        long actsWhileFull = 0;
        try (Engine engine = made.open(crowded(journal))) {
            engine.start();
            awaitActs(engine, 1);
            for (int fill = 0; fill < FILLS; fill++) {
                Thread.sleep(random.nextInt(1_200));
                fill(random, fill);
                await(engine, "room", true);
                Thread.sleep(400); // Acts that were under way come to their ends.
                long acts = engine.counters().get(Counter.ACTS);
                Map<String, Long> before = allocations(made.hypervisor());
                long records = engine.journalRecordCount();
                Thread.sleep(1_100); // At least one file more is due.
                assertThat(allocations(made.hypervisor())).isEqualTo(before);
                actsWhileFull += engine.counters().get(Counter.ACTS) - acts;
                assertThat(engine.journalRecordCount()).isLessThan(records + 50);
                assertThat(engine.errors().list()).isEmpty();
                assertThat(engine.counters().get(Counter.RECORDER_ERRORS)).isZero();

                Files.delete(disk.resolve("ballast"));
                await(engine, "room", false);
                assertThat(engine.stoppedReason()).as("it resumes by itself").isNull();
                awaitActs(engine, acts + 1);
            }
            assertThat(actsWhileFull).isZero();
            assertThat(engine.counters().get(Counter.SAMPLES_UNRECORDED)).isPositive();
            assertThat(engine.errors().list()).isEmpty();
        }
        VerifyReport report = JournalVerifier.verify(journal);
        assertThat(report.findings()).as("not even a remark").isEmpty();
        System.out.printf(
                "%d records in %d files; %d plans, %d intents%n",
                report.records(), fileCount(journal), report.plans(), report.intents());
        assertThat(kinds(journal))
                .containsEntry(ControlKind.JOURNAL_FULL, (long) FILLS)
                .containsEntry(ControlKind.JOURNAL_ROOM, (long) FILLS)
                .doesNotContainKey(ControlKind.ENFORCEMENT_STOPPED);
        ReplayReport replay = DemoEngine.replay(journal, null, (found, last) -> found);
        assertThat(replay.ok()).as(replay.toString()).isTrue();
        assertThat(replay.plans()).isPositive().isEqualTo(replay.identical());
        assertThat(replay.forecastsIdentical()).isEqualTo(replay.forecasts());
    }

    /** A journal that begins a file each second and keeps little room ahead. */
    private static JournalOptions crowded(Path journal) {
        return JournalOptions.of(journal, VM_COUNT)
                .withRollPeriod(RollPeriod.SECONDLY)
                .withBlockSizeBytes(1 << 20)
                .withFreeBytesMin(2 * MIB)
                .withAheadBytes(4 * MIB);
    }

    /** Fills the disk, fast or in small steps, to the last byte or to some thousand before. */
    private void fill(Random random, int number) throws IOException {
        byte[] block = new byte[random.nextBoolean() ? 1 << 20 : 1 << 14];
        long leaveBytes = number % 2 == 0 ? 0 : random.nextInt(1 << 18);
        try (OutputStream ballast = Files.newOutputStream(disk.resolve("ballast"))) {
            while (true) {
                long usableBytes = disk.toFile().getUsableSpace();
                if (usableBytes <= leaveBytes) {
                    break;
                }
                ballast.write(block, 0, (int) Math.min(block.length, usableBytes - leaveBytes));
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space");
        }
    }

    private static void await(Engine engine, String word, boolean present) throws Exception {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (System.nanoTime() < endNs) {
            String reason = engine.stoppedReason();
            if (present == (reason != null && reason.contains(word))) {
                return;
            }
            Thread.sleep(5);
        }
        throw new AssertionError("still: " + engine.stoppedReason());
    }

    private static void awaitActs(Engine engine, long count) throws Exception {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (engine.counters().get(Counter.ACTS) < count) {
            assertThat(System.nanoTime()).as("an act in time").isLessThan(endNs);
            Thread.sleep(5);
        }
    }

    private static Map<String, Long> allocations(EmbeddedHypervisor hypervisor) {
        return DemoGuests.create(VM_COUNT, 1).stream()
                .collect(
                        Collectors.toMap(GuestSpec::name, g -> hypervisor.allocationKib(g.name())));
    }

    private static long fileCount(Path journal) throws IOException {
        try (var files = Files.list(journal)) {
            return files.filter(file -> file.toString().endsWith(".cq4")).count();
        }
    }

    private static Map<ControlKind, Long> kinds(Path journal) {
        Map<ControlKind, Long> counts = new java.util.EnumMap<>(ControlKind.class);
        try (JournalReader reader = JournalReader.open(journal)) {
            Tick tick = new Tick(VM_COUNT);
            while (reader.next(tick)) {
                if (tick.kind == EventKind.CONTROL) {
                    counts.merge(tick.control.kind, 1L, Long::sum);
                }
            }
        }
        return counts;
    }
}
