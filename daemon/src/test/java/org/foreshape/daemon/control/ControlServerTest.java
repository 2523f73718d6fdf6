package org.foreshape.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.ring.event.VmMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

class ControlServerTest {
    @TempDir Path folder;

    private final List<String> calls = new ArrayList<>();

    /** Notes what it was asked. */
    private final class Notes implements ControlTarget {
        @Override
        public ObjectNode status() {
            return Json.object().put("state", "enforcing");
        }

        @Override
        public ArrayNode vms() {
            return Json.array();
        }

        @Override
        public ObjectNode plan(String vmName) {
            if (vmName.equals("ghost")) {
                throw new UnknownNameException("no VM is named ghost; known: a");
            }
            return Json.object().put("name", vmName);
        }

        @Override
        public ObjectNode counters() {
            throw new IllegalStateException("broken inside");
        }

        @Override
        public ArrayNode forecast() {
            return Json.array();
        }

        @Override
        public ObjectNode horizon() {
            return Json.object();
        }

        @Override
        public void announce(Announcement announcement) {
            calls.add(announcement.toString());
        }

        @Override
        public void mode(String vmName, VmMode mode) {
            calls.add(vmName + " " + mode);
        }

        @Override
        public void swapModel(String named) {
            calls.add("model " + named);
        }

        @Override
        public void pause() {
            calls.add("pause");
        }

        @Override
        public void resume() {
            calls.add("resume");
        }

        @Override
        public ObjectNode restore() {
            return Json.object();
        }

        @Override
        public void shutdown() {
            calls.add("shutdown");
        }
    }

    private ControlServer open(Path socket) {
        ControlServer server = new ControlServer(socket, new Notes());
        server.open();
        return server;
    }

    @Test
    void shouldAnswerOnASocketThatOnlyItsOwnerMayOpen() throws IOException {
        Path socket = folder.resolve("deep/er/c.sock");
        try (ControlServer _ = open(socket);
                ControlClient client = ControlClient.open(socket)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                    .isEqualTo("rw-------");
            assertThat(
                            PosixFilePermissions.toString(
                                    Files.getPosixFilePermissions(socket.getParent())))
                    .isEqualTo("rwx------");
            assertThat(client.get("/status").path("state").asString()).isEqualTo("enforcing");
            assertThat(client.plan("odd / name? 100%+1").path("name").asString())
                    .isEqualTo("odd / name? 100%+1");
            client.post("/mode", Json.object().put("vm", "a").put("mode", "enforce"));
            client.post("/pause", Json.object());
            client.post("/resume", Json.object());
            assertThat(calls).containsExactly("a ENFORCE", "pause", "resume");
        }
        assertThat(folder.resolve("deep/er")).isEmptyDirectory();
    }

    @Test
    void shouldTurnBadRequestsIntoSentences() {
        Path socket = folder.resolve("c.sock");
        try (ControlServer _ = open(socket);
                ControlClient client = ControlClient.open(socket)) {
            assertFailure(() -> client.plan("ghost"), ExitStatus.USAGE, "no VM is named ghost");
            assertFailure(() -> client.get("/nothing"), ExitStatus.USAGE, "GET knows /status");
            assertFailure(
                    () -> client.post("/mode", Json.object().put("vm", "a").put("mode", "x")),
                    ExitStatus.USAGE,
                    "mode is x, must be observe, recommend or enforce");
            assertFailure(() -> client.post("/mode", Json.object()), ExitStatus.USAGE, "needs vm");
            assertFailure(
                    () ->
                            client.post(
                                    "/announce",
                                    Json.parse("{\"id\":\"t\",\"priority\":12,\"typ\":1}")),
                    ExitStatus.USAGE,
                    "there is no key typ; did you mean type?",
                    "type must be a text",
                    "priority is 12");
            assertFailure(() -> client.get("/counters"), ExitStatus.CHECK_FAILED, "internal fault");
            assertThat(calls).isEmpty();
        }
    }

    @Test
    void shouldCarryAnAnnouncementWhole() {
        Announcement sent =
                Announcement.fromJson(
                        Json.parse(
                                """
                                {"id":"nightly-7","type":"backup","vm":"db","start_in_seconds":90.5,
                                 "duration_seconds":600,"memory_mib":512,"complexity":2,
                                 "cpu_cores":1.5,"storage_mib":2048,"actual_cpu_cores":0.75,
                                 "actual_storage_mib":100,
                                 "after":["nightly-6"]}
                                """));
        assertThat(Announcement.fromJson(sent.toJson())).isEqualTo(sent);
        assertThat(sent.after()).containsExactly("nightly-6");
        assertThat(sent.cpuCores()).isEqualTo(1.5);
        assertThat(sent.actualStorageMib()).isEqualTo(100);
    }

    @Test
    void shouldReplaceTheSocketOfADeadDaemon() throws IOException {
        Path socket = folder.resolve("c.sock");
        // Closing the channel leaves the file, as a killed process does.
        ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        dead.bind(UnixDomainSocketAddress.of(socket));
        dead.close();
        assertThat(socket).exists();

        try (ControlServer _ = open(socket);
                ControlClient client = ControlClient.open(socket)) {
            assertThat(client.get("/status").path("state").asString()).isEqualTo("enforcing");
        }
    }

    @Test
    void shouldRefuseTheSocketOfALivingDaemon() {
        Path socket = folder.resolve("c.sock");
        try (ControlServer _ = open(socket)) {
            ControlServer second = new ControlServer(socket, new Notes());
            assertFailure(second::open, ExitStatus.MISSING, "another foreshape daemon answers on");
            second.close();
            try (ControlClient client = ControlClient.open(socket)) {
                assertThat(client.get("/vms").isArray()).isTrue();
            }
        }
    }

    @Test
    void shouldNeverReplaceAFileThatIsNoSocket() throws IOException {
        Path file = folder.resolve("precious.txt");
        Files.writeString(file, "keep");
        assertFailure(() -> open(file), ExitStatus.USAGE, "is not a socket");
        assertThat(file).hasContent("keep");
    }

    @Test
    void shouldSayThatNoDaemonRuns() {
        assertFailure(
                () -> ControlClient.open(folder.resolve("none.sock")),
                ExitStatus.MISSING,
                "start one with `foreshape run`");
    }

    private static void assertFailure(Runnable call, int exitStatus, String... parts) {
        assertThatThrownBy(call::run)
                .isInstanceOf(Failure.class)
                .hasMessageContainingAll(parts)
                .satisfies(e -> assertThat(((Failure) e).exitStatus()).isEqualTo(exitStatus));
    }
}
