package org.foreshape.prefault.pages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers die, guests and their bytes do not. */
class KeeperTest {
    private static final int MIB = 8;
    private static final int PAGES = MIB * 256;

    @TempDir static Path shared;
    private static Path client;
    private static Path memory;

    @TempDir Path folder;

    @BeforeAll
    static void compile() throws Exception {
        client = UffdClient.compile(shared);
        memory = UffdClient.writeSnapshot(shared.resolve("memory"), MIB);
    }

    @AfterEach
    void endTheKeeper() throws Exception {
        keeperProcess().ifPresent(ProcessHandle::destroyForcibly);
        for (int i = 0; i < 500 && keeperProcess().isPresent(); i++) {
            Thread.sleep(10);
        }
    }

    /** The keeper of this test, known by its socket in a folder of its own. */
    private java.util.Optional<ProcessHandle> keeperProcess() {
        String socket = folder.resolve("k").toString();
        return ProcessHandle.allProcesses()
                .filter(p ->
                        p.info()
                                .commandLine()
                                .filter(line ->
                                        line.contains(KeeperMain.class.getName())
                                                && line.endsWith(socket))
                                .isPresent())
                .findFirst();
    }

    private PageServerSettings settings() {
        return PageServerSettings.of(folder.resolve("s"), memory)
                .withKeeper(folder.resolve("k"))
                .withPages(1, 64);
    }

    @Test
    void shouldGoOnWithTheRightBytesAfterTheServerIsKilled() throws Exception {
        try (UffdClient guest = connectAndKillServer()) {
            guest.tell("touch 20 1 0");
            CompletableFuture<String> blocked = guest.laterAnswer();
            // No server: the touch waits. A zero page would have answered by now.
            assertThatThrownBy(() -> blocked.get(1, TimeUnit.SECONDS))
                    .isInstanceOf(TimeoutException.class);
            try (PageServer next = PageServer.start(settings())) {
                assertThat(UffdClient.await(blocked, 30, TimeUnit.SECONDS))
                        .startsWith("touched 1 wrong 0");
                assertThat(guest.order("check 0 " + PAGES)).isEqualTo("checked 2048 wrong 0");
                RestoreReport report =
                        PageServerTest.await(next, r -> r.state() == RestoreState.SERVING);
                assertThat(report.pid()).isEqualTo((int) guest.pid());
            }
            // Handed to the keeper: a removed page now waits for a third server.
            guest.order("drop 0 0");
            guest.tell("drop 7 1");
            CompletableFuture<String> removal = guest.laterAnswer();
            assertThatThrownBy(() -> removal.get(300, TimeUnit.MILLISECONDS))
                    .isInstanceOf(TimeoutException.class);
            try (PageServer third = PageServer.start(settings())) {
                assertThat(UffdClient.await(removal, 30, TimeUnit.SECONDS)).isEqualTo("dropped 1");
                assertThat(guest.order("check 0 " + PAGES)).isEqualTo("checked 2048 wrong 0");
                guest.kill();
                PageServerTest.await(third, r -> r.state() == RestoreState.ENDED);
            }
        }
    }

    /** Some pages served, some removed after and before they were there, the server then killed. */
    private UffdClient connectAndKillServer() throws Exception {
        try (ServerProcess server = ServerProcess.start(settings())) {
            UffdClient guest = UffdClient.start(client, settings().socket(), "--mib", MIB);
            assertThat(guest.answer()).startsWith("sent");
            assertThat(guest.order("touch 0 10 0")).contains("wrong 0");
            assertThat(guest.order("closefd")).isEqualTo("closed");
            assertThat(guest.order("drop 5 10")).isEqualTo("dropped 10");
            server.kill();
            return guest;
        }
    }

    @Test
    void shouldSurviveKillsAtAnyMomentWhilePagesAreTouchedAndRemoved() throws Exception {
        UffdClient guest = null;
        CompletableFuture<String> race = null;
        for (int kill = 0; kill < 3; kill++) {
            try (ServerProcess server = ServerProcess.start(settings())) {
                if (guest == null) {
                    guest = UffdClient.start(client, settings().socket(), "--mib", MIB);
                    guest.answer();
                    guest.order("closefd");
                    guest.tell("race 4 0 " + PAGES);
                    race = guest.laterAnswer();
                }
                Thread.sleep(7L + 13L * kill);
                server.kill();
            }
        }
        assertThat(race).isNotNull();
        try (UffdClient last = guest;
                PageServer server = PageServer.start(settings())) {
            assertThat(UffdClient.await(race, 60, TimeUnit.SECONDS))
                    .isEqualTo("raced 2048 wrong 0");
            assertThat(last.order("check 0 " + PAGES)).isEqualTo("checked 2048 wrong 0");
            assertThat(server.parkedCount()).isZero();
        }
    }

    @Test
    void shouldStartAnotherKeeperWhenItDies() throws Exception {
        try (PageServer server = PageServer.start(settings());
                UffdClient guest = UffdClient.start(client, settings().socket(), "--mib", MIB)) {
            guest.answer();
            guest.order("touch 0 5 0");
            ProcessHandle first = keeperProcess().orElseThrow();
            first.destroyForcibly();
            for (int i = 0;
                    i < 2000 && keeperProcess().filter(p -> !p.equals(first)).isEmpty();
                    i++) {
                Thread.sleep(10);
            }
            assertThat(keeperProcess()).isPresent();
            assertThat(guest.order("check 0 " + PAGES)).contains("wrong 0");
            assertThat(server.reports()).hasSize(1);
        }
    }

    @Test
    void shouldLetAGuestOfAnotherSnapshotWait() throws Exception {
        try (UffdClient guest = connectAndKillServer()) {
            Path other = UffdClient.writeSnapshot(folder.resolve("other"), MIB);
            Files.setLastModifiedTime(other, java.nio.file.attribute.FileTime.fromMillis(1000));
            PageServerSettings wrong =
                    PageServerSettings.of(folder.resolve("s"), other)
                            .withKeeper(folder.resolve("k"));
            try (PageServer server = PageServer.start(wrong)) {
                assertThat(server.parkedCount()).isOne();
                assertThat(server.reports()).isEmpty();
            }
            try (PageServer right = PageServer.start(settings())) {
                assertThat(guest.order("check 0 " + PAGES)).contains("wrong 0");
                assertThat(right.reports()).hasSize(1);
            }
        }
    }

    @Test
    void shouldServeOneServerAtATime() throws Exception {
        try (PageServer first = PageServer.start(settings())) {
            PageServerSettings second =
                    PageServerSettings.of(folder.resolve("s2"), memory)
                            .withKeeper(folder.resolve("k"));
            assertThatThrownBy(() -> PageServer.start(second))
                    .hasMessageContaining("another page server is connected to the keeper");
            assertThat(first.reports()).isEmpty();
        }
    }
}
