package org.foreshape.prefault.pages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.foreshape.nativebindings.linux.UnixSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What goes wrong, and what a guest sees of it: its own pages, or a wait. Never a wrong page. */
class PageServerFailureTest {
    private static final int MIB = 8;
    private static final int PAGES = MIB * 256;

    @TempDir static Path shared;
    private static Path client;
    private static Path memory;

    @TempDir Path folder;
    private long userfaultfdsBefore;

    @BeforeAll
    static void compile() throws Exception {
        client = UffdClient.compile(shared);
        memory = UffdClient.writeSnapshot(shared.resolve("memory"), MIB);
    }

    @BeforeEach
    void count() throws IOException {
        userfaultfdsBefore = userfaultfds();
    }

    @AfterEach
    void shouldLeaveNothingBehind() throws Exception {
        assertThat(userfaultfds()).isEqualTo(userfaultfdsBefore);
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(t -> t.isAlive() && t.getName().startsWith("pages-"));
    }

    private static long userfaultfds() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.filter(
                            fd -> {
                                try {
                                    return Files.readSymbolicLink(fd)
                                            .toString()
                                            .contains("userfaultfd");
                                } catch (IOException closed) {
                                    return false;
                                }
                            })
                    .count();
        }
    }

    private PageServerSettings settings() {
        return PageServerSettings.of(folder.resolve("s"), memory);
    }

    @ParameterizedTest
    @CsvSource({
        "garbled, is not JSON",
        "short, Unexpected end-of-input",
        "empty, no array of mappings",
        "nofd, no file descriptor came",
        "wrongfd, is no userfaultfd",
        "unaligned, is not at a page",
    })
    void shouldRefuseABadMessageAndLetItsGuestWait(String format, String why) throws Exception {
        try (PageServer server = PageServer.start(settings().withLimits(1000, 300));
                UffdClient guest =
                        UffdClient.start(
                                client, settings().socket(), "--mib", MIB, "--format", format)) {
            guest.answer();
            RestoreReport report =
                    PageServerTest.await(server, r -> r.state() == RestoreState.REFUSED);
            assertThat(report.detail()).contains(why);
            if (format.endsWith("fd")) {
                assertThat(server.parkedCount()).isZero();
                return;
            }
            // The guest has closed its own descriptor: only ours keeps zero pages from it.
            assertThat(server.parkedCount()).isOne();
            guest.order("closefd");
            guest.tell("touch 0 1 0");
            CompletableFuture<String> line = guest.laterAnswer();
            assertThatThrownBy(() -> line.get(300, TimeUnit.MILLISECONDS))
                    .isInstanceOf(java.util.concurrent.TimeoutException.class);
            guest.kill();
            awaitUnparked(server);
        }
    }

    private static void awaitUnparked(PageServer server) throws InterruptedException {
        for (int i = 0; i < 1000 && server.parkedCount() > 0; i++) {
            Thread.sleep(10);
        }
        assertThat(server.parkedCount()).isZero();
    }

    @Test
    void shouldRefuseMappingsBeyondTheMemoryFile() throws Exception {
        try (PageServer server = PageServer.start(settings());
                UffdClient guest =
                        UffdClient.start(client, settings().socket(), "--mib", 2 * MIB)) {
            guest.answer();
            RestoreReport report =
                    PageServerTest.await(server, r -> r.state() == RestoreState.REFUSED);
            assertThat(report.detail()).contains("beyond the memory file of 8388608 bytes");
            guest.kill();
            awaitUnparked(server);
        }
    }

    @Test
    void shouldSurviveTheDeathOfAGuestInMidRestore() throws Exception {
        try (PageServer server = PageServer.start(settings().withPages(1, 64))) {
            for (int i = 0; i < 5; i++) {
                UffdClient guest = UffdClient.start(client, settings().socket(), "--mib", MIB);
                guest.answer();
                guest.tell("threads 8 0 " + PAGES + " " + (i + 1));
                Thread.sleep(5L * i);
                guest.kill();
            }
            for (int i = 1; i <= 5; i++) {
                long id = i;
                PageServerTest.await(server, r -> r.id() == id && r.state() == RestoreState.ENDED);
            }
            try (UffdClient guest = UffdClient.start(client, settings().socket(), "--mib", MIB)) {
                guest.answer();
                assertThat(guest.order("check 0 " + PAGES)).contains("wrong 0");
            }
        }
    }

    @Test
    void shouldBringInEveryPageBeforeItClosesWithoutAKeeper() throws Exception {
        PageServer server = PageServer.start(settings());
        try (UffdClient guest = UffdClient.start(client, settings().socket(), "--mib", MIB)) {
            guest.answer();
            guest.order("closefd");
            assertThat(guest.order("touch 0 32 0")).contains("wrong 0");
            assertThat(guest.order("drop 10 20")).contains("dropped");
            server.close();
            assertThat(server.reports().getFirst().state()).isEqualTo(RestoreState.RELEASED);
            assertThat(guest.order("check 0 " + PAGES)).isEqualTo("checked 2048 wrong 0");
            assertThat(guest.order("drop 500 100")).contains("dropped");
            assertThat(guest.order("check 0 " + PAGES)).isEqualTo("checked 2048 wrong 0");
        } finally {
            server.close();
        }
    }

    @Test
    void shouldNotServeAChildOfAForkAndSaySo() throws Exception {
        String features = "0x" + Integer.toHexString(1 << 3 | 1 << 1);
        try (PageServer server = PageServer.start(settings());
                UffdClient guest =
                        UffdClient.start(
                                client,
                                settings().socket(),
                                "--mib",
                                MIB,
                                "--features",
                                features)) {
            guest.answer();
            assertThat(guest.order("touch 0 10 0")).contains("wrong 0");
            assertThat(guest.order("fork 300")).isEqualTo("child waits");
            assertThat(guest.order("check 0 " + PAGES)).contains("wrong 0");
            RestoreReport report = PageServerTest.await(server, r -> true);
            assertThat(report.detail()).contains("the guest forked");
            assertThat(report.count(PageCounter.FORKS)).isOne();
            awaitUnparked(server);
        }
    }

    @Test
    void shouldFollowMemoryThatItsOwnerMoves() throws Exception {
        String features = "0x" + Integer.toHexString(1 << 3 | 1 << 2 | 1 << 6);
        try (PageServer server = PageServer.start(settings());
                UffdClient guest =
                        UffdClient.start(
                                client,
                                settings().socket(),
                                "--mib",
                                MIB,
                                "--features",
                                features)) {
            guest.answer();
            assertThat(guest.order("touch 0 100 0")).contains("wrong 0");
            assertThat(guest.order("remap 0")).isEqualTo("remapped 0");
            assertThat(guest.order("check 0 " + PAGES)).isEqualTo("checked 2048 wrong 0");
            assertThat(PageServerTest.await(server, r -> true).count(PageCounter.REMAPS)).isOne();
        }
    }

    @Test
    void shouldNeverGiveAWrongPageWhileOthersRemove() throws Exception {
        try (PageServer server = PageServer.start(settings().withPages(1, 64));
                UffdClient guest = UffdClient.start(client, settings().socket(), "--mib", MIB)) {
            guest.answer();
            assertThat(guest.order("race 4 0 " + PAGES)).isEqualTo("raced 2048 wrong 0");
            assertThat(guest.order("check 0 " + PAGES)).contains("wrong 0");
            assertThat(PageServerTest.await(server, r -> true).count(PageCounter.REMOVES))
                    .isEqualTo(PAGES);
        }
    }

    @Test
    void shouldKeepTheSocketToItsUser() throws Exception {
        assumeTrue(
                ProcessHandle.current().info().user().orElse("").equals("root"),
                "skipped: needs root");
        Path open = Files.createTempDirectory("pages");
        try {
            Files.setPosixFilePermissions(
                    open, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
            Path binary = Files.copy(client, open.resolve("client"));
            Path socket = open.resolve("s");
            List<String> nobody =
                    List.of("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups");
            try (PageServer server = PageServer.start(PageServerSettings.of(socket, memory))) {
                try (UffdClient guest = UffdClient.start(nobody, binary, socket)) {
                    assertThat(guest.answer())
                            .isEqualTo("failed userfaultfd: Operation not permitted");
                }
                assertThat(server.reports()).isEmpty();
            }
            assertThat(Files.exists(socket)).isFalse();
        } finally {
            Files.deleteIfExists(open.resolve("client"));
            Files.delete(open);
        }
    }

    @Test
    void shouldSayWhatAProcessWithoutRightsLacks() throws Exception {
        assumeTrue(
                ProcessHandle.current().info().user().orElse("").equals("root"),
                "skipped: needs root");
        // It may read all files, so that Java starts, and nothing else.
        List<String> command =
                List.of(
                        "setpriv",
                        "--reuid=65534",
                        "--regid=65534",
                        "--clear-groups",
                        "--inh-caps=+dac_read_search",
                        "--ambient-caps=+dac_read_search",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        WhyUnavailable.class.getName());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output =
                new String(
                        process.getInputStream().readAllBytes(),
                        java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output)
                .contains("serve: userfaultfd(O_CLOEXEC|O_NONBLOCK) failed: E")
                .contains("CAP_SYS_PTRACE")
                .contains("move: userfaultfd(");
    }

    /** Prints what the process lacks. */
    static final class WhyUnavailable {
        public static void main(String[] args) {
            System.out.println("serve: " + PageServer.whyUnavailable().orElse("nothing"));
            System.out.println("move: " + StagedPages.whyUnavailable().orElse("nothing"));
        }
    }

    @Test
    void shouldSayWhyItDoesNotStart() throws Exception {
        assertThatThrownBy(() ->
                        PageServer.start(
                                PageServerSettings.of(
                                        folder.resolve("s"), folder.resolve("absent"))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("absent");
        Path empty = Files.createFile(folder.resolve("empty"));
        assertThatThrownBy(
                        () -> PageServer.start(PageServerSettings.of(folder.resolve("s"), empty)))
                .hasMessageContaining("holds no page");
        try (PageServer first = PageServer.start(settings())) {
            assertThatThrownBy(() -> PageServer.start(settings()))
                    .hasMessageContaining("another page server listens");
            assertThat(first.reports()).noneMatch(r -> r.state() == RestoreState.SERVING);
        }
    }

    @Test
    void shouldReplaceASocketThatAKilledServerLeft() throws Exception {
        try (UnixSocket left = UnixSocket.listen(settings().socket(), UnixSocket.Kind.STREAM, 1)) {
            assertThat(left.descriptor().isUserfaultfd()).isFalse();
        }
        assertThat(settings().socket()).exists();
        try (PageServer server = PageServer.start(settings())) {
            assertThat(server.reports()).isEmpty();
        }
    }
}
