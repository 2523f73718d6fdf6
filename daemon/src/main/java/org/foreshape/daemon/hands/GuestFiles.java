package org.foreshape.daemon.hands;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which files in a guest the tasks of a type read, as the operator says: {@code FOLDER/TYPE.list},
 * one absolute path a line; empty lines and lines that begin with # are skipped.
 */
final class GuestFiles {
    private static final Pattern TYPE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");
    private static final long LIST_BYTES_MAX = 1 << 20;

    private final @Nullable Path folder;

    GuestFiles(@Nullable Path folder) {
        this.folder = folder;
    }

    /**
     * The files of a type.
     *
     * @return empty when none are named
     * @throws IOException the list is there and cannot be read, or is no list; the message names it
     */
    List<String> of(String taskType) throws IOException {
        Path base = folder;
        // A type is whatever somebody announced: it must not lead out of the folder.
        if (base == null || !TYPE.matcher(taskType).matches()) {
            return List.of();
        }
        Path list = base.resolve(taskType + ".list");
        if (!Files.exists(list)) {
            return List.of();
        }
        if (Files.size(list) > LIST_BYTES_MAX) {
            throw new IOException(list + " is larger than " + LIST_BYTES_MAX + " bytes");
        }
        List<String> files =
                Files.readAllLines(list).stream()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                        .toList();
        for (String file : files) {
            if (!file.startsWith("/")) {
                throw new IOException(list + ": " + file + " is not an absolute path");
            }
        }
        return files;
    }
}
