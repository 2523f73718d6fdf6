package org.foreshape.journal;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.foreshape.nativebindings.NativeException;
import org.foreshape.nativebindings.linux.FileSpace;

/**
 * Removes the oldest files of a journal, also while a process writes it. What a later start has to
 * know of them is kept beside the journal, see {@link KeptRecords}: which VMs there were, what they
 * had before any run, what the operator wanted of them.
 */
public final class JournalPruner {
    private JournalPruner() {}

    /**
     * What was done.
     *
     * @param removed names of the files, oldest first
     * @param removedBytes what they took up
     * @param keptFiles files that are left
     * @param keptBytes what those take up
     */
    public record Report(List<String> removed, long removedBytes, int keptFiles, long keptBytes) {
        /** Takes a copy. */
        public Report {
            removed = List.copyOf(removed);
        }
    }

    private record RollFile(Path path, Instant end, long bytes) {}

    /**
     * Removes what need not be kept.
     *
     * @param directory the journal
     * @param retention what to keep
     * @param now the present time, against which age counts
     * @param dryRun only tells what it would do
     * @throws JournalException when there is no journal, another process prunes it, or its files
     *     cannot be read or removed; what is not removed then is still sound
     */
    public static Report prune(Path directory, Retention retention, Instant now, boolean dryRun) {
        LaunchFlags.check();
        try {
            Path real = directory.toRealPath();
            if (dryRun) {
                return run(real, retention, now, true);
            }
            WriterLock lock = WriterLock.takeForPruning(real);
            try (lock) {
                return run(real, retention, now, false);
            }
        } catch (IOException | NativeException e) {
            throw new JournalException(
                    "journal "
                            + directory
                            + " cannot be pruned ("
                            + e
                            + "); run as the user who writes it",
                    e);
        }
    }

    private static Report run(Path directory, Retention retention, Instant now, boolean dryRun)
            throws IOException {
        List<RollFile> files = files(directory);
        List<RollFile> old = removable(files, retention, now);
        if (!old.isEmpty() && !dryRun) {
            // Kept first: what a crash leaves of both is only told twice.
            KeptRecords kept = KeptRecords.read(directory);
            kept.takeFrom(directory, old.getLast().path().getFileName().toString());
            kept.write(directory);
            for (RollFile file : old) {
                Files.deleteIfExists(file.path());
            }
            Documents.refreshListing(directory);
        }
        long allBytes = files.stream().mapToLong(RollFile::bytes).sum();
        long oldBytes = old.stream().mapToLong(RollFile::bytes).sum();
        return new Report(
                old.stream().map(file -> file.path().getFileName().toString()).toList(),
                oldBytes,
                files.size() - old.size(),
                allBytes - oldBytes);
    }

    private static List<RollFile> removable(
            List<RollFile> files, Retention retention, Instant now) {
        long keptBytes = files.stream().mapToLong(RollFile::bytes).sum();
        List<RollFile> old = new ArrayList<>();
        for (RollFile file : files.subList(0, Math.max(0, files.size() - 1))) {
            boolean tooOld =
                    !retention.age().isZero() && file.end().plus(retention.age()).isBefore(now);
            boolean tooMuch = retention.bytes() > 0 && keptBytes > retention.bytes();
            if (!tooOld && !tooMuch) {
                break;
            }
            old.add(file);
            keptBytes -= file.bytes();
        }
        return old;
    }

    /** The journal's files, oldest first: their names sort by time. */
    private static List<RollFile> files(Path directory) throws IOException {
        if (!Files.isRegularFile(directory.resolve(Documents.METADATA_FILE))) {
            throw new JournalException("there is no journal in " + directory);
        }
        RollPeriod period = Documents.rollPeriod(directory);
        List<RollFile> files = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory, "*.cq4")) {
            for (Path path : all) {
                try (FileSpace space = FileSpace.open(path)) {
                    files.add(
                            new RollFile(
                                    path,
                                    Documents.endOf(path.getFileName().toString(), period),
                                    space.allocatedBytes()));
                }
            }
        }
        Collections.sort(files, (a, b) -> a.path().compareTo(b.path()));
        return files;
    }
}
