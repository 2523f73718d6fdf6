package org.foreshape.daemon.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs the command line in a process of its own, as an operator does. */
final class ChildProcess {
    private static final long LIMIT_SECONDS = 60;

    private ChildProcess() {}

    /**
     * What a process left.
     *
     * @param exitStatus its exit status
     * @param out what it printed
     * @param err what it complained about
     */
    record Result(int exitStatus, String out, String err) {}

    /** Starts a command whose output goes to files in the folder. */
    static Process start(Path folder, String... arguments) throws IOException {
        return start(List.of(), folder, arguments);
    }

    private static Process start(List<String> wrapper, Path folder, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(wrapper);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (flag.startsWith("--") || flag.startsWith("-Dchronicle")) {
                command.add(flag);
            }
        }
        command.addAll(List.of("-XX:+UseSerialGC", "-Xmx256m", "-XX:TieredStopAtLevel=1"));
        command.addAll(
                List.of(
                        "-cp",
                        System.getProperty(
                                "surefire.test.class.path", System.getProperty("java.class.path")),
                        "org.foreshape.daemon.Main"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        // A home and a state folder of its own: nothing of the machine's user is read or written.
        builder.environment().put("XDG_CONFIG_HOME", folder.resolve("config").toString());
        builder.environment().put("XDG_STATE_HOME", folder.resolve("state").toString());
        builder.environment().put("ORT_DISABLE_TELEMETRY", "1");
        builder.redirectOutput(folder.resolve("out.txt").toFile());
        builder.redirectError(folder.resolve("err.txt").toFile());
        return builder.start();
    }

    /** Runs a command to its end. */
    static Result run(Path folder, String... arguments) throws IOException, InterruptedException {
        return run(List.of(), folder, arguments);
    }

    /** Runs a command to its end by another, such as one that takes rights away. */
    static Result run(List<String> wrapper, Path folder, String... arguments)
            throws IOException, InterruptedException {
        Process process = start(wrapper, folder, arguments);
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError(
                        "still runs after "
                                + LIMIT_SECONDS
                                + " s: "
                                + String.join(" ", arguments)
                                + "\n"
                                + Files.readString(folder.resolve("err.txt")));
            }
        } finally {
            process.destroyForcibly();
        }
        return new Result(
                process.exitValue(),
                Files.readString(folder.resolve("out.txt")),
                Files.readString(folder.resolve("err.txt")));
    }
}
