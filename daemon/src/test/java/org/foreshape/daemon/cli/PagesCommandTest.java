package org.foreshape.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.foreshape.prefault.pages.PageServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code foreshape pages} as a process of its own, with the C stand-in for a VMM. */
@Timeout(120)
class PagesCommandTest {
    private static final int MIB = 16;
    private static final int PAGES = MIB * 256;

    @TempDir static Path shared;
    private static Path client;
    private static Path memory;

    @TempDir Path folder;
    private Process server;
    private final List<Process> guests = new ArrayList<>();

    @BeforeAll
    static void compile() throws Exception {
        assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/gcc")),
                "skipped: no gcc (apt-get install gcc libc6-dev)");
        assumeTrue(
                PageServer.whyUnavailable().isEmpty(),
                () -> "skipped: " + PageServer.whyUnavailable().orElse(""));
        client = shared.resolve("uffd_client");
        Path source =
                Path.of(System.getProperty("foreshape.root"))
                        .resolve("prefault/src/test/c/uffd_client.c");
        Process gcc =
                new ProcessBuilder(
                                "gcc",
                                "-O2",
                                "-o",
                                client.toString(),
                                source.toString(),
                                "-lpthread")
                        .inheritIO()
                        .start();
        assertThat(gcc.waitFor()).isZero();
        memory = Files.write(shared.resolve("memory"), pattern());
    }

    /** What the program expects in each page. */
    private static byte[] pattern() {
        ByteBuffer bytes = ByteBuffer.allocate(MIB << 20).order(ByteOrder.LITTLE_ENDIAN);
        for (int page = 0; page < PAGES; page++) {
            for (int word = 0; word < 512; word++) {
                bytes.putLong((page + 1) * 0x9E3779B97F4A7C15L + word * 0xC2B2AE3D27D4EB4FL);
            }
        }
        return bytes.array();
    }

    @AfterEach
    void end() throws InterruptedException {
        guests.forEach(Process::destroyForcibly);
        if (server != null) {
            server.destroyForcibly().waitFor();
        }
    }

    private Path socket() {
        return folder.resolve("s");
    }

    private void serve(String... more) throws IOException, InterruptedException {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "pages",
                                "--socket",
                                socket().toString(),
                                "--memory",
                                memory.toString()));
        arguments.addAll(List.of(more));
        server = ChildProcess.start(folder, arguments.toArray(new String[0]));
        await("serving ");
    }

    private String await(String words) throws IOException, InterruptedException {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            String said = Files.readString(folder.resolve("out.txt"));
            if (said.contains(words)) {
                return said;
            }
            String errors = Files.readString(folder.resolve("err.txt"));
            assertThat(System.nanoTime()).as(words + " in: " + said + errors).isLessThan(endNs);
            Thread.sleep(20);
        }
    }

    private Process guest() throws IOException {
        Process guest =
                new ProcessBuilder(
                                client.toString(),
                                "--socket",
                                socket().toString(),
                                "--mib",
                                Integer.toString(MIB))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        guests.add(guest);
        assertThat(guest.inputReader().readLine()).startsWith("sent");
        return guest;
    }

    private static String order(Process guest, String line) throws IOException {
        Writer orders = guest.outputWriter();
        orders.write(line + "\n");
        orders.flush();
        BufferedReader answers = guest.inputReader();
        return String.valueOf(answers.readLine());
    }

    private void terminate() throws InterruptedException {
        server.destroy();
        assertThat(server.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(server.exitValue()).isZero();
    }

    @Test
    void shouldServeARestoreReportItAndEndOnSigterm() throws Exception {
        serve();
        Process guest = guest();
        assertThat(order(guest, "check 0 " + PAGES)).isEqualTo("checked 4096 wrong 0");
        guest.destroyForcibly().waitFor();
        String said = await("has ended");
        assertThat(said)
                .contains("restore 1 of process " + guest.pid())
                .contains("256 of them from the file")
                .contains("4096 on demand, 0 ahead");
        terminate();
        assertThat(Files.exists(socket())).isFalse();
    }

    @Test
    void shouldRecordTheWorkingSetAndInstallItFirstTheNextTime() throws Exception {
        Path set = folder.resolve("set");
        serve("--working-set", set.toString(), "--record-seconds", "1");
        Process first = guest();
        assertThat(order(first, "check 256 512")).isEqualTo("checked 512 wrong 0");
        first.destroyForcibly().waitFor();
        await("has ended");
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!Files.exists(set)) {
            assertThat(System.nanoTime()).as("the working set is written").isLessThan(endNs);
            Thread.sleep(20);
        }
        Process second = guest();
        assertThat(order(second, "check 256 512")).isEqualTo("checked 512 wrong 0");
        second.destroyForcibly().waitFor();
        Matcher ahead = Pattern.compile("restore 2 .* (\\d+) ahead").matcher(await("restore 2 "));
        assertThat(ahead.find()).isTrue();
        // The guest is at work meanwhile, and faults in what has not come yet.
        assertThat(Integer.parseInt(ahead.group(1))).isBetween(256, 512);
        terminate();
    }

    @Test
    void shouldLeaveAGuestWaitingForTheNextServer() throws Exception {
        serve();
        Process guest = guest();
        assertThat(order(guest, "check 0 100")).isEqualTo("checked 100 wrong 0");
        terminate();
        assertThat(Files.readString(folder.resolve("out.txt")))
                .contains("waits for the next server");
        serve();
        assertThat(order(guest, "check 0 " + PAGES)).isEqualTo("checked 4096 wrong 0");
        guest.destroyForcibly().waitFor();
        await("has ended");
        terminate();
    }

    @Test
    void shouldRefuseASocketThatIsInUse() throws Exception {
        serve();
        Path other = Files.createDirectory(folder.resolve("other"));
        ChildProcess.Result result =
                ChildProcess.run(
                        other,
                        "pages",
                        "--socket",
                        socket().toString(),
                        "--memory",
                        memory.toString());
        assertThat(result.exitStatus()).isEqualTo(3);
        assertThat(result.err()).contains("another page server listens on " + socket());
        Process guest = guest();
        assertThat(order(guest, "check 0 10")).as("the first").isEqualTo("checked 10 wrong 0");
        guest.destroyForcibly().waitFor();
        await("has ended");
        terminate();
    }

    @Test
    void shouldNameWhatIsMissing() throws Exception {
        Path absent = folder.resolve("absent");
        ChildProcess.Result file =
                ChildProcess.run(
                        folder,
                        "pages",
                        "--socket",
                        socket().toString(),
                        "--memory",
                        absent.toString());
        assertThat(file.exitStatus()).isEqualTo(3);
        assertThat(file.err()).contains("--memory " + absent).contains("name the snapshot's");
        Path precious = Files.writeString(folder.resolve("precious"), "kept");
        ChildProcess.Result taken =
                ChildProcess.run(
                        folder,
                        "pages",
                        "--socket",
                        precious.toString(),
                        "--memory",
                        memory.toString());
        assertThat(taken.exitStatus()).isEqualTo(2);
        assertThat(taken.err()).contains("is not a socket");
        assertThat(precious).hasContent("kept");
        assertThat(ChildProcess.run(folder, "pages").exitStatus()).isEqualTo(2);
    }

    @Test
    void shouldSayWhatAProcessWithoutRightsLacks() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "skipped: needs root");
        // It may read all files, so that Java starts, and nothing else.
        ChildProcess.Result result =
                ChildProcess.run(
                        List.of(
                                "setpriv",
                                "--reuid=65534",
                                "--regid=65534",
                                "--clear-groups",
                                "--inh-caps=+dac_read_search",
                                "--ambient-caps=+dac_read_search"),
                        folder,
                        "pages",
                        "--socket",
                        socket().toString(),
                        "--memory",
                        memory.toString());
        assertThat(result.exitStatus()).as(result.err()).isEqualTo(3);
        assertThat(result.err())
                .contains("pages cannot be served here: userfaultfd(O_CLOEXEC|O_NONBLOCK)")
                .doesNotContain("\tat ");
    }
}
