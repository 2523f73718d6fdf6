package org.foreshape.prefault.pages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkingSetTest {
    private static final int MIB = 16;

    @TempDir Path folder;

    @Test
    void shouldJoinRunsThatTouchAndKeepTheOrderOfTheEarliest() {
        WorkingSet set =
                new WorkingSet(new int[] {50, 16, 0, 100, 32}, new int[] {1, 16, 16, 4, 8})
                        .merged();
        assertThat(set.firstPage()).containsExactly(50, 0, 100);
        assertThat(set.pages()).containsExactly(1, 40, 4);
        assertThat(new WorkingSet(new int[0], new int[0]).merged().pageCount()).isZero();
    }

    @Test
    void shouldReadBackWhatWasWrittenAndNothingElse() throws Exception {
        Path memory = Files.write(folder.resolve("memory"), new byte[1 << 20]);
        Path file = folder.resolve("set");
        try (SnapshotMemory snapshot = SnapshotMemory.open(memory)) {
            WorkingSet set = new WorkingSet(new int[] {3, 200}, new int[] {2, 56});
            WorkingSetFile.write(file, set, snapshot);
            WorkingSet back = WorkingSetFile.read(file, snapshot);
            assertThat(back.firstPage()).containsExactly(3, 200);
            assertThat(back.pages()).containsExactly(2, 56);
            try (Stream<Path> files = Files.list(folder)) {
                assertThat(files).containsExactlyInAnyOrder(memory, file);
            }

            byte[] good = Files.readAllBytes(file);
            long seed = 20261123;
            Random random = new Random(seed);
            for (int i = 0; i < 200; i++) {
                byte[] bad = good.clone();
                bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
                Files.write(file, bad);
                assertThatThrownBy(() -> WorkingSetFile.read(file, snapshot))
                        .as("seed %d, round %d", seed, i)
                        .isInstanceOf(IOException.class);
            }
            Files.write(file, new byte[10]);
            assertThatThrownBy(() -> WorkingSetFile.read(file, snapshot))
                    .hasMessageContaining("impossible size");
            Files.write(file, good);
        }
        Files.setLastModifiedTime(memory, FileTime.fromMillis(5000));
        try (SnapshotMemory other = SnapshotMemory.open(memory)) {
            assertThatThrownBy(() -> WorkingSetFile.read(file, other))
                    .hasMessageContaining("another memory file");
        }
    }

    @Test
    void shouldSaveTheFaultsOfTheNextRestore() throws Exception {
        Path client = UffdClient.compile(folder);
        Path memory = UffdClient.writeSnapshot(folder.resolve("memory"), MIB);
        Path file = folder.resolve("set");
        PageServerSettings settings =
                PageServerSettings.of(folder.resolve("s"), memory)
                        .withPages(1, 256)
                        .withWorkingSet(file, WorkingSetUse.REPLAY_OR_RECORD);
        // Every fourth page of the second region's first half, in a random order.
        try (PageServer server = PageServer.start(settings);
                UffdClient guest = UffdClient.start(client, settings.socket(), "--mib", MIB)) {
            guest.answer();
            assertThat(guest.order("touch 2048 1024 99")).contains("wrong 0");
            // A fault is counted just after its thread has gone on.
            RestoreReport first =
                    PageServerTest.await(server, r -> r.count(PageCounter.DEMAND_FAULTS) == 1024);
            assertThat(first.detail()).contains("no working set yet");
            guest.kill();
            PageServerTest.await(server, r -> r.state() == RestoreState.ENDED);
        }
        assertThat(file).exists();
        try (PageServer server = PageServer.start(settings);
                UffdClient guest = UffdClient.start(client, settings.socket(), "--mib", MIB)) {
            guest.answer();
            RestoreReport filled =
                    PageServerTest.await(
                            server,
                            r ->
                                    r.count(PageCounter.BATCH_PAGES)
                                                    + r.count(PageCounter.DEMAND_PAGES)
                                            == 1024);
            assertThat(filled.count(PageCounter.BATCHES)).isLessThanOrEqualTo(8);
            assertThat(guest.order("touch 2048 1024 5")).contains("wrong 0");
            assertThat(PageServerTest.await(server, r -> true).count(PageCounter.FAULTS)).isZero();
            assertThat(guest.order("check 0 4096")).contains("wrong 0");
        }
        Files.write(file, new byte[100]);
        try (PageServer server = PageServer.start(settings);
                UffdClient guest = UffdClient.start(client, settings.socket(), "--mib", MIB)) {
            guest.answer();
            assertThat(guest.order("check 0 4096")).contains("wrong 0");
            assertThat(PageServerTest.await(server, r -> true).detail())
                    .contains("the working set is not used")
                    .contains("is not a working set");
        }
    }

    @Test
    void shouldFillTheRestOfAGuestThatTouchesNothing() throws Exception {
        Path client = UffdClient.compile(folder);
        Path memory = UffdClient.writeSnapshot(folder.resolve("memory"), MIB);
        PageServerSettings settings =
                PageServerSettings.of(folder.resolve("s"), memory).withFillRest(true);
        try (PageServer server = PageServer.start(settings);
                UffdClient guest = UffdClient.start(client, settings.socket(), "--mib", MIB)) {
            guest.answer();
            RestoreReport report =
                    PageServerTest.await(server, r -> r.count(PageCounter.BATCH_NS) > 0);
            assertThat(report.count(PageCounter.BATCH_PAGES)).isEqualTo(4096);
            assertThat(guest.order("check 0 4096")).isEqualTo("checked 4096 wrong 0");
            assertThat(server.reports().getFirst().count(PageCounter.FAULTS)).isZero();
        }
    }

    @Test
    void shouldFillTheRestAndServeRemovalsMeanwhile() throws Exception {
        Path client = UffdClient.compile(folder);
        Path memory = UffdClient.writeSnapshot(folder.resolve("memory"), MIB);
        PageServerSettings settings =
                PageServerSettings.of(folder.resolve("s"), memory)
                        .withPages(4, 32)
                        .withFillRest(true);
        try (PageServer server = PageServer.start(settings);
                UffdClient guest = UffdClient.start(client, settings.socket(), "--mib", MIB)) {
            guest.answer();
            assertThat(guest.order("drop 3000 500")).isEqualTo("dropped 500");
            assertThat(guest.order("race 2 1000 1000")).isEqualTo("raced 1000 wrong 0");
            assertThat(guest.order("check 0 4096")).isEqualTo("checked 4096 wrong 0");
            RestoreReport report = PageServerTest.await(server, r -> true);
            assertThat(report.count(PageCounter.BATCH_PAGES)).isPositive();
        }
    }
}
