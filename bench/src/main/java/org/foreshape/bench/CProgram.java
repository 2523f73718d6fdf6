package org.foreshape.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A small C program of the project, compiled when it is needed and run beside a benchmark. */
final class CProgram implements AutoCloseable {
    private final Process process;
    private final BufferedReader lines;

    private CProgram(Process process) {
        this.process = process;
        this.lines = process.inputReader(StandardCharsets.UTF_8);
    }

    /**
     * Compiles a source of the project.
     *
     * @param folder where the binary goes
     * @param source below the project's root
     * @param flags for gcc; none for {@code -O2 -lpthread}
     * @throws IllegalStateException there is no compiler, or it refuses
     */
    static Path compile(Path folder, String source, String... flags)
            throws IOException, InterruptedException {
        Path file = Path.of(System.getProperty("foreshape.home", ".")).resolve(source);
        Path binary = folder.resolve(file.getFileName().toString().replace(".c", ""));
        List<String> command = new ArrayList<>(List.of("gcc"));
        command.addAll(List.of("-o", binary.toString(), file.toString()));
        command.addAll(flags.length == 0 ? List.of("-O2", "-lpthread") : List.of(flags));
        Process gcc;
        try {
            gcc = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException absent) {
            throw new IllegalStateException(
                    "unavailable: no gcc (apt-get install gcc libc6-dev)", absent);
        }
        String output = new String(gcc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (gcc.waitFor() != 0) {
            throw new IllegalStateException("gcc refused " + file + ": " + output);
        }
        return binary;
    }

    static CProgram start(Path binary, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(binary.toString());
        command.addAll(List.of(arguments));
        return new CProgram(
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    /** The C page fault handler, listening. */
    static CProgram serve(Path handler, Path folder, Path memory, String mode, int pages)
            throws IOException {
        CProgram program =
                start(
                        handler,
                        folder.resolve("s").toString(),
                        memory.toString(),
                        mode,
                        Integer.toString(pages));
        program.line();
        return program;
    }

    /** The next line it prints. */
    String line() throws IOException {
        String line = lines.readLine();
        if (line == null) {
            throw new IOException("the program ended early");
        }
        return line;
    }

    /** Sends a request and returns the line that answers it. */
    String ask(String request) throws IOException {
        tell(request);
        String answer = line();
        if (answer.equals("error")) {
            throw new IOException("the program could not do: " + request);
        }
        return answer;
    }

    /** Sends a request that is answered with "ns N". */
    long ns(String request) throws IOException {
        return Long.parseLong(ask(request).substring("ns ".length()));
    }

    int pid() {
        return (int) process.pid();
    }

    /** Gives it a line to read. */
    void tell(String line) throws IOException {
        process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    /** Ends its input, which ends it. */
    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException stop) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
