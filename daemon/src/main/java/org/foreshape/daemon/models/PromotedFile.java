package org.foreshape.daemon.models;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.foreshape.daemon.control.BadRequestException;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.fault.Failure;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The file that says which model is promoted and which ones were before, newest last:
 *
 * <pre>{"promoted": ["shipped", "2026-11-30T19-20-00Z-drift.onnx"]}</pre>
 *
 * <p>A daemon and a command may change it at once: one waits for the other by a lock on a file
 * beside it.
 */
final class PromotedFile {
    /** Older ones are forgotten. */
    static final int COUNT_MAX = 100;

    private static final String KEY = "promoted";
    private static final long POLL_MS = 10;
    private static final int POLL_COUNT_MAX = 500;

    /** A lock on a file counts for the whole JVM. */
    private static final Object IN_THIS_JVM = new Object();

    private final Path file;

    PromotedFile(Path directory) {
        this.file = directory.resolve(KEY);
    }

    /**
     * What was promoted, newest last; {@code shipped} alone when nothing ever was.
     *
     * @throws Failure when it cannot be read or is damaged
     */
    List<String> read() {
        if (Files.notExists(file)) {
            return List.of(ModelStore.SHIPPED);
        }
        String text;
        try (FileInputStream in = new FileInputStream(file.toFile())) {
            text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw Failure.missing("cannot read " + file + " (" + e + "); let this user read it", e);
        }
        List<String> names = new ArrayList<>();
        try {
            for (JsonNode name : Json.parse(text).path(KEY)) {
                names.add(name.asString(""));
            }
        } catch (BadRequestException e) {
            throw damaged(String.valueOf(e.getMessage()));
        }
        if (names.isEmpty() || !names.stream().allMatch(ModelStore::isName)) {
            throw damaged("it lists no models");
        }
        return names;
    }

    private Failure damaged(String why) {
        return Failure.check(
                file
                        + ", which says what model is promoted, is damaged ("
                        + why
                        + "): name the models that were, newest last, as in {\"promoted\":"
                        + " [\"shipped\", \"NAME.onnx\"]}, or delete it, and the shipped model is"
                        + " the promoted one");
    }

    /**
     * Changes it, alone.
     *
     * @return what stands in it now
     * @throws Failure when it cannot be read or written, or is damaged
     */
    List<String> change(UnaryOperator<List<String>> change) {
        synchronized (IN_THIS_JVM) {
            try {
                Files.createDirectories(Objects.requireNonNull(file.getParent(), "it has one"));
                Path lock = file.resolveSibling(KEY + ".lock");
                try (FileOutputStream held = new FileOutputStream(lock.toFile(), true);
                        FileLock _ = lock(held)) {
                    List<String> names = change.apply(new ArrayList<>(read()));
                    List<String> kept =
                            names.subList(Math.max(0, names.size() - COUNT_MAX), names.size());
                    ObjectNode root = Json.object();
                    ArrayNode list = root.putArray(KEY);
                    kept.forEach(list::add);
                    DurableFile.write(
                            file, (Json.line(root) + "\n").getBytes(StandardCharsets.UTF_8));
                    return List.copyOf(kept);
                }
            } catch (IOException e) {
                throw Failure.missing(
                        "cannot write " + file + " (" + e + "); let this user write there", e);
            }
        }
    }

    /** Waits by asking again: an interrupt would break a wait off. */
    private static FileLock lock(FileOutputStream file) throws IOException {
        for (int i = 0; i < POLL_COUNT_MAX; i++) {
            FileLock lock = file.getChannel().tryLock();
            if (lock != null) {
                return lock;
            }
            LockSupport.parkNanos(POLL_MS * 1_000_000);
        }
        throw new IOException("another process holds the lock beside it");
    }
}
