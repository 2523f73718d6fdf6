package org.foreshape.daemon.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.fault.Failure;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Writes what {@code --json FILE} asks for. */
final class JsonFile {
    private JsonFile() {}

    /** Writes the file, if one is named. */
    static void write(@Nullable Path file, JsonNode json) {
        if (file == null) {
            return;
        }
        try {
            Files.writeString(file, Json.pretty(json) + "\n");
        } catch (IOException e) {
            throw Failure.usage("cannot write " + file + ": " + e + "; name another file");
        }
    }
}
