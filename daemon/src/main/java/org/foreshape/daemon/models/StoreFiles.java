package org.foreshape.daemon.models;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What trainings leave in a store: how it is called, and what of it is removed when. */
final class StoreFiles {
    static final String MODEL = ".onnx";
    static final String LOG_FILE = ".log";
    static final String VERDICT = ".verdict.json";

    /** The folder in which the trainer keeps what it has so far, added to the model's name. */
    static final String TRAINING = ".work";

    /** A folder for what a judgement needs while it lasts. */
    static final String JUDGING = ".judging";

    /** Trainings of which the files stay although their model did not win. */
    static final int KEPT_COUNT = 8;

    private static final Logger LOG = Logger.getLogger(StoreFiles.class.getName());

    /** No colons: the names shall do on any file system, and in a shell. */
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH-mm-ss'Z'").withZone(ZoneOffset.UTC);

    private static final Pattern STEM =
            Pattern.compile("(\\d{4}-\\d\\d-\\d\\dT\\d\\d-\\d\\d-\\d\\dZ-[a-z]+(-\\d+)?)\\..*");

    /** What a training or a judgement that was broken off leaves. */
    private static final Pattern UNFINISHED =
            Pattern.compile(".*(\\.onnx\\.work|\\.part|\\" + JUDGING + ")");

    private StoreFiles() {}

    /** The name of a model that is trained from now on, and that no file has yet. */
    static String newName(Path directory, long timeNs, Cause cause) {
        String stem =
                STAMP.format(Instant.ofEpochSecond(timeNs / 1_000_000_000L)) + "-" + cause.word();
        String name = stem;
        for (int k = 2; !filesOf(directory, name).isEmpty(); k++) {
            name = stem + "-" + k;
        }
        return name + MODEL;
    }

    /** Everything in a directory; nothing when there is none. */
    static List<Path> list(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        } catch (IOException | UncheckedIOException e) {
            LOG.warning("cannot list " + directory + ": " + e);
            return List.of();
        }
    }

    private static String stemOf(Path file) {
        Matcher matcher = STEM.matcher(String.valueOf(file.getFileName()));
        return matcher.matches() ? matcher.group(1) : "";
    }

    private static List<Path> filesOf(Path directory, String stem) {
        return list(directory).stream().filter(file -> stemOf(file).equals(stem)).toList();
    }

    /** Removes what trainings that were broken off left, and what old ones that did not win did. */
    static void tidy(Path directory, Predicate<String> isKept) {
        TreeSet<String> stems = new TreeSet<>();
        for (Path file : list(directory)) {
            String stem = stemOf(file);
            if (!stem.isEmpty()
                    && UNFINISHED.matcher(String.valueOf(file.getFileName())).matches()) {
                remove(file);
            } else if (!stem.isEmpty() && !isKept.test(stem + MODEL)) {
                stems.add(stem);
            }
        }
        while (stems.size() > KEPT_COUNT) {
            filesOf(directory, stems.removeFirst()).forEach(StoreFiles::remove);
        }
    }

    /** Removes all that a training has made so far. */
    static void removeAllOf(Path directory, String name) {
        filesOf(directory, name.substring(0, name.length() - MODEL.length()))
                .forEach(StoreFiles::remove);
    }

    /** Removes a file, or a folder with all in it; what cannot be removed is logged. */
    static void remove(Path path) {
        if (!Files.exists(path)) {
            return;
        }
        try (Stream<Path> all = Files.walk(path)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.warning("cannot remove " + path + ": " + e);
        }
    }
}
