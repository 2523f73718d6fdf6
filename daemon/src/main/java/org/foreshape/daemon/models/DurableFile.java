package org.foreshape.daemon.models;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/** Writes files as a whole or not at all, whatever breaks off in between. */
final class DurableFile {
    /** What a file is called while it is written. */
    static final String PART = ".part";

    private DurableFile() {}

    /**
     * Writes a file, and the folders that it needs. An interrupt does not break it off: hence no
     * channel, which an interrupt closes.
     */
    static void write(Path file, byte[] bytes) throws IOException {
        Path folder = Objects.requireNonNull(file.getParent(), "it lies in a folder");
        Files.createDirectories(folder);
        Path part = file.resolveSibling(file.getFileName() + PART);
        try (FileOutputStream out = new FileOutputStream(part.toFile())) {
            out.write(bytes);
            out.getFD().sync();
        }
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        boolean interrupted = Thread.interrupted();
        // The name is durable with its folder.
        try (FileChannel entries = FileChannel.open(folder, StandardOpenOption.READ)) {
            entries.force(true);
        } catch (ClosedByInterruptException e) {
            interrupted = true; // It is there, and durable when the kernel next writes.
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
