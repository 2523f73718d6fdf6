package org.foreshape.nativebindings.linux;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.zip.GZIPInputStream;

/** The options that the running kernel was built with, where it or its package tells them. */
final class KernelOptions {
    private final Set<String> enabled;
    private final boolean known;

    private KernelOptions(Set<String> enabled, boolean known) {
        this.enabled = enabled;
        this.known = known;
    }

    static KernelOptions ofThisMachine() {
        Path running = Path.of("/proc/config.gz");
        Path packaged = Path.of("/boot/config-" + System.getProperty("os.version"));
        try {
            if (Files.isReadable(running)) {
                try (InputStream in = new GZIPInputStream(Files.newInputStream(running))) {
                    return read(in);
                }
            }
            if (Files.isReadable(packaged)) {
                try (InputStream in = Files.newInputStream(packaged)) {
                    return read(in);
                }
            }
        } catch (IOException e) {
            // Not telling is no fault: whoever asks then says that the kernel does not tell.
            return new KernelOptions(Set.of(), false);
        }
        return new KernelOptions(Set.of(), false);
    }

    static KernelOptions read(InputStream in) throws IOException {
        var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        Set<String> enabled = new HashSet<>();
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            if (line.endsWith("=y") || line.endsWith("=m")) {
                enabled.add(line.substring(0, line.length() - 2));
            }
        }
        return new KernelOptions(enabled, true);
    }

    /** Whether the options are known at all. */
    boolean known() {
        return known;
    }

    /** Whether an option is built in or a module; false where options are not known. */
    boolean has(String option) {
        return enabled.contains(option);
    }
}
