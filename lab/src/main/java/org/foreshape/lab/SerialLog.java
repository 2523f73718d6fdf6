package org.foreshape.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a guest says on its serial console. May be read by any thread at any time, also after the
 * guest's end.
 */
public final class SerialLog {
    private static final String DEATH = "memw exited";
    private static final String READY = "READY up=";

    private final Path file;

    SerialLog(Path file) {
        this.file = file;
    }

    /** Where the console's output goes; gone when the guest's libvirtd has been closed. */
    public Path file() {
        return file;
    }

    /** All that was said so far; empty where the guest has said nothing yet. */
    public String text() {
        try {
            return Files.exists(file)
                    ? new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                    : "";
        } catch (IOException e) {
            throw new LabException("cannot read the serial log " + file, e);
        }
    }

    /** How often the workload has died so far; its death for want of memory counts here. */
    public int workloadDeaths() {
        String text = text();
        int count = 0;
        for (int at = text.indexOf(DEATH); at >= 0; at = text.indexOf(DEATH, at + 1)) {
            count++;
        }
        return count;
    }

    /** Whether the guest has come as far as to start its workload. */
    public boolean isReady() {
        return text().contains(READY);
    }

    /** The last lines, for a message. */
    String tail() {
        String text = text();
        return text.substring(Math.max(0, text.length() - 600));
    }
}
