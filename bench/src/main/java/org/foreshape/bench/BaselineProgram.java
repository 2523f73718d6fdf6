package org.foreshape.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A C program that answers one line to each request, compiled when it is needed. */
final class BaselineProgram implements AutoCloseable {
    private final Process process;
    private final BufferedReader answers;
    private final String greeting;

    private BaselineProgram(Process process) throws IOException {
        this.process = process;
        this.answers = process.inputReader(StandardCharsets.US_ASCII);
        String first = answers.readLine();
        if (first == null) {
            process.destroyForcibly();
            throw new IOException("a C program of the benchmark ended at once");
        }
        this.greeting = first;
    }

    /**
     * Compiles a source of bench/src/main/c.
     *
     * @throws IllegalStateException there is no gcc, or it refuses; says how to get it
     */
    static Path compile(Path folder, String name, String... flags)
            throws IOException, InterruptedException {
        Path home = Path.of(System.getProperty("foreshape.home", ".")).toAbsolutePath();
        Path binary = folder.resolve(name);
        List<String> command = new ArrayList<>(List.of("gcc"));
        command.addAll(List.of(flags));
        command.addAll(
                List.of(
                        "-o",
                        binary.toString(),
                        home.resolve("bench/src/main/c/" + name + ".c").toString()));
        Process gcc;
        try {
            gcc = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new IllegalStateException(
                    "unavailable: no gcc; apt-get install gcc libc6-dev", e);
        }
        String words = new String(gcc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (gcc.waitFor() != 0) {
            throw new IllegalStateException("gcc does not compile " + name + ": " + words);
        }
        return binary;
    }

    static BaselineProgram start(Path binary, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(binary.toString()));
        command.addAll(List.of(arguments));
        return new BaselineProgram(
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    int pid() {
        return (int) process.pid();
    }

    /** The line that it said first. */
    String greeting() {
        return greeting;
    }

    /** Sends a request and returns its answer. */
    String ask(String request) throws IOException {
        process.outputWriter(StandardCharsets.US_ASCII).append(request).append('\n').flush();
        String answer = answers.readLine();
        if (answer == null || answer.equals("error")) {
            throw new IOException("a C program answered " + request + " with " + answer);
        }
        return answer;
    }

    /** Sends a request that is answered with "ns N". */
    long ns(String request) throws IOException {
        return Long.parseLong(ask(request).substring("ns ".length()));
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
