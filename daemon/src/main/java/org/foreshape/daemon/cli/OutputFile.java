package org.foreshape.daemon.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.fault.Failure;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Writes what options like {@code --json FILE} ask for. */
final class OutputFile {
    private OutputFile() {}

    /** Writes JSON to the file, if one is named. */
    static void write(@Nullable Path file, JsonNode json) {
        write(file, Json.pretty(json) + "\n");
    }

    /**
     * Writes text to the file, if one is named.
     *
     * @throws Failure (usage) when it cannot be written
     */
    static void write(@Nullable Path file, String text) {
        if (file == null) {
            return;
        }
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw Failure.usage("cannot write " + file + ": " + e + "; name another file");
        }
    }
}
