package org.foreshape.prefault.warm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.foreshape.prefault.warm.PreloadReport.Method;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against an agent that runs what it is told on this machine. */
class GuestPreloadTest {
    private static final int MIB = 1 << 20;
    private static final PreloadLimits AMPLE = new PreloadLimits(1L << 30, Duration.ofSeconds(60));

    @TempDir Path folder;
    private final List<String> sent = new ArrayList<>();

    @Test
    void shouldSayThatThereIsNoAgent() {
        AgentChannel away =
                json -> {
                    throw new IllegalStateException("Guest agent is not responding");
                };
        PreloadReport report = new GuestPreload(away).preload(List.of("/a"), AMPLE, () -> false);
        assertThat(report.end()).isEqualTo(WarmEnd.UNAVAILABLE);
        assertThat(report.method()).isEqualTo(Method.NONE);
        assertThat(report.reason())
                .startsWith("unavailable: ")
                .contains("guest-info", "Guest agent is not responding");
    }

    @Test
    void shouldSayThatTheAgentTalksNonsenseOrAllowsNothing() {
        assertThat(preloadWith(json -> "<html>").reason())
                .startsWith("unavailable: ")
                .contains("not JSON");
        assertThat(preloadWith(json -> "[]").reason()).contains("no object");
        assertThat(
                        preloadWith(json -> "{\"error\":{\"class\":\"X\",\"desc\":\"frozen\"}}")
                                .reason())
                .contains("refuses guest-info: frozen");
        assertThat(preloadWith(json -> info()).reason())
                .startsWith("unavailable: ")
                .contains("disabled guest-exec", "qemu-ga configuration");
    }

    @Test
    void shouldRefusePathsThatAreNotAbsolute() {
        assertThatThrownBy(() -> preloadWith(json -> info(), "etc/passwd"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("etc/passwd");
    }

    @Test
    void shouldReadFilesOfAnyName() throws IOException {
        List<String> files = new ArrayList<>();
        for (String name :
                List.of(
                        "plain",
                        "two words",
                        "a'b\"c\\d",
                        "$(touch x)`y`",
                        "-n",
                        "ümläut",
                        "n\nl")) {
            files.add(file(name, 3 * MIB + 5).toString());
        }
        PreloadReport report = preload(files, AMPLE, "guest-exec", "guest-exec-status");
        assertThat(report.reason()).isEmpty();
        assertThat(report.method()).isEqualTo(Method.EXEC);
        assertThat(report.end()).isEqualTo(WarmEnd.DONE);
        assertThat(report.fileCount()).isEqualTo(files.size());
        assertThat(report.readBytes()).isEqualTo(files.size() * (3L * MIB + 5));
        assertThat(folder.resolve("x")).doesNotExist();
    }

    @Test
    void shouldReadLargeFilesPieceByPieceAndManySmallOnesAtOnce() throws IOException {
        List<String> files = new ArrayList<>();
        files.add(file("large", 70 * MIB).toString());
        for (int i = 0; i < 100; i++) {
            files.add(file("small" + i, i).toString());
        }
        PreloadReport report = preload(files, AMPLE, "guest-exec", "guest-exec-status");
        assertThat(report.reason()).isEmpty();
        assertThat(report.fileCount()).isEqualTo(101);
        assertThat(report.readBytes()).isEqualTo(70L * MIB + 99 * 50);
        assertThat(sent.stream().filter(command -> command.contains("\"guest-exec\"")))
                .hasSizeBetween(5, 9);
    }

    @Test
    void shouldGoOnAfterFilesThatCannotBeRead() throws Exception {
        Path fifo = folder.resolve("fifo");
        assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
        List<String> files =
                List.of(
                        folder.resolve("absent").toString(),
                        fifo.toString(),
                        folder.toString(),
                        file("good", MIB).toString());
        PreloadReport report = preload(files, AMPLE, "guest-exec", "guest-exec-status");
        assertThat(report.end()).isEqualTo(WarmEnd.DONE);
        assertThat(report.fileCount()).isEqualTo(1);
        assertThat(report.readBytes()).isEqualTo(MIB);
        assertThat(report.reason())
                .contains("absent was not read: absent", "fifo was not read: no file");
    }

    @Test
    void shouldReadThroughTheAgentWhereNothingMayBeExecuted() throws IOException {
        List<String> files =
                List.of(
                        folder.resolve("absent").toString(),
                        file("a \"b\"", 2 * MIB + 9).toString(),
                        file("empty", 0).toString());
        PreloadReport report =
                preload(files, AMPLE, "guest-file-open", "guest-file-read", "guest-file-close");
        assertThat(report.method()).isEqualTo(Method.FILE_READ);
        assertThat(report.end()).isEqualTo(WarmEnd.DONE);
        assertThat(report.readBytes()).isEqualTo(2L * MIB + 9);
        assertThat(report.fileCount()).isEqualTo(2);
        assertThat(report.reason()).contains("absent was not read");
    }

    @Test
    void shouldStopAtTheByteLimit() throws IOException {
        List<String> files =
                List.of(file("a", 40 * MIB).toString(), file("b", 40 * MIB).toString());
        PreloadLimits limits = new PreloadLimits(50L * MIB, Duration.ofSeconds(60));
        PreloadReport shell = preload(files, limits, "guest-exec", "guest-exec-status");
        assertThat(shell.end()).isEqualTo(WarmEnd.BYTE_LIMIT);
        assertThat(shell.readBytes()).isEqualTo(50L * MIB);
        PreloadReport reading =
                preload(files, limits, "guest-file-open", "guest-file-read", "guest-file-close");
        assertThat(reading.end()).isEqualTo(WarmEnd.BYTE_LIMIT);
        assertThat(reading.readBytes()).isEqualTo(50L * MIB);
    }

    @Test
    void shouldStopWhenWithdrawnOrOutOfTime() throws IOException {
        List<String> files = List.of(file("a", 100 * MIB).toString());
        var agent = new LocalAgent("guest-exec", "guest-exec-status");
        PreloadReport withdrawn =
                new GuestPreload(agent).preload(files, AMPLE, () -> agent.started.get() >= 2);
        assertThat(withdrawn.end()).isEqualTo(WarmEnd.CANCELLED);
        assertThat(withdrawn.readBytes()).isLessThanOrEqualTo(64L * MIB);

        AgentChannel never =
                json ->
                        json.contains("guest-info")
                                ? info("guest-exec", "guest-exec-status")
                                : json.contains("status")
                                        ? "{\"return\":{\"exited\":false}}"
                                        : "{\"return\":{\"pid\":5}}";
        PreloadReport late =
                new GuestPreload(never)
                        .preload(
                                files, new PreloadLimits(MIB, Duration.ofMillis(200)), () -> false);
        assertThat(late.end()).isEqualTo(WarmEnd.TIME_LIMIT);
        assertThat(late.readBytes()).isZero();
    }

    @Test
    void shouldReportAnAgentThatGoesAwayOnTheWay() throws IOException {
        String file = file("a", 70 * MIB).toString();
        var agent = new LocalAgent("guest-exec", "guest-exec-status");
        PreloadReport report =
                new GuestPreload(
                                json -> {
                                    if (agent.started.get() == 2) {
                                        throw new IllegalStateException("agent gone");
                                    }
                                    return agent.command(json);
                                })
                        .preload(List.of(file), AMPLE, () -> false);
        assertThat(report.end()).isEqualTo(WarmEnd.FAILED);
        assertThat(report.readBytes()).isEqualTo(32L * MIB);
        assertThat(report.reason()).contains("agent gone");
    }

    private static PreloadReport preloadWith(AgentChannel channel, String... files) {
        return new GuestPreload(channel).preload(List.of(files), AMPLE, () -> false);
    }

    private PreloadReport preload(List<String> files, PreloadLimits limits, String... commands) {
        sent.clear();
        return new GuestPreload(new LocalAgent(commands)).preload(files, limits, () -> false);
    }

    private Path file(String name, int bytes) throws IOException {
        return Files.write(folder.resolve(name), new byte[bytes]);
    }

    private static String info(String... commands) {
        var list = new StringBuilder("{\"enabled\":false,\"name\":\"guest-shutdown\"}");
        for (String command : commands) {
            list.append(",{\"enabled\":true,\"name\":\"").append(command).append("\"}");
        }
        return "{\"return\":{\"version\":\"7.2.0\",\"supported_commands\":[" + list + "]}}";
    }

    /** The agent's protocol over this machine's own files and shell. */
    private final class LocalAgent implements AgentChannel {
        private final String[] commands;
        private final Map<Long, Process> processes = new HashMap<>();
        private final Map<Long, byte[]> open = new HashMap<>();
        private final Map<Long, Integer> positions = new HashMap<>();
        private final AtomicInteger started = new AtomicInteger();

        private LocalAgent(String... commands) {
            this.commands = commands;
        }

        @Override
        public String command(String json) {
            sent.add(json);
            if (!(JsonText.read(json) instanceof Map<?, ?> request)) {
                throw new IllegalArgumentException(json);
            }
            Map<?, ?> arguments =
                    request.get("arguments") instanceof Map<?, ?> given ? given : Map.of();
            try {
                return switch (String.valueOf(request.get("execute"))) {
                    case "guest-info" -> info(commands);
                    case "guest-exec" -> exec(arguments);
                    case "guest-exec-status" -> status(arguments);
                    case "guest-file-open" -> open(arguments);
                    case "guest-file-read" -> read(arguments);
                    case "guest-file-close" -> {
                        open.remove(handle(arguments));
                        yield "{\"return\":{}}";
                    }
                    default -> "{\"error\":{\"class\":\"CommandNotFound\",\"desc\":\"what?\"}}";
                };
            } catch (IOException e) {
                return "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no such file\"}}";
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        private String exec(Map<?, ?> arguments) throws IOException {
            List<String> line = new ArrayList<>();
            line.add(String.valueOf(arguments.get("path")));
            if (arguments.get("arg") instanceof List<?> rest) {
                rest.forEach(argument -> line.add(String.valueOf(argument)));
            }
            Process process = new ProcessBuilder(line).directory(folder.toFile()).start();
            processes.put(process.pid(), process);
            started.incrementAndGet();
            return "{\"return\":{\"pid\":" + process.pid() + "}}";
        }

        private String status(Map<?, ?> arguments) throws IOException, InterruptedException {
            Process process = processes.get(number(arguments, "pid"));
            if (process == null || !process.waitFor(1, TimeUnit.SECONDS)) {
                return "{\"return\":{\"exited\":false}}";
            }
            String output =
                    Base64.getEncoder().encodeToString(process.getInputStream().readAllBytes());
            return "{\"return\":{\"exited\":true,\"exitcode\":%d,\"out-data\":\"%s\"}}"
                    .formatted(process.exitValue(), output);
        }

        private String open(Map<?, ?> arguments) throws IOException {
            long handle = 1000L + open.size();
            open.put(handle, Files.readAllBytes(Path.of(String.valueOf(arguments.get("path")))));
            positions.put(handle, 0);
            return "{\"return\":" + handle + "}";
        }

        private String read(Map<?, ?> arguments) {
            byte[] all = open.getOrDefault(handle(arguments), new byte[0]);
            int from = positions.getOrDefault(handle(arguments), 0);
            int count = Math.min((int) number(arguments, "count"), all.length - from);
            positions.put(handle(arguments), from + count);
            String data =
                    Base64.getEncoder()
                            .encodeToString(java.util.Arrays.copyOfRange(all, from, from + count));
            boolean eof = from + count == all.length;
            return "{\"return\":{\"count\":%d,\"buf-b64\":\"%s\",\"eof\":%s}}"
                    .formatted(count, data, eof);
        }

        private static long handle(Map<?, ?> arguments) {
            return number(arguments, "handle");
        }

        private static long number(Map<?, ?> arguments, String name) {
            return ((Double) java.util.Objects.requireNonNull(arguments.get(name))).longValue();
        }
    }
}
