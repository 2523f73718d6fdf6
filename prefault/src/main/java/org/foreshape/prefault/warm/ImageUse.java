package org.foreshape.prefault.warm;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;

/**
 * How a process has a file open, by {@code /proc/PID/fdinfo}. A disk with {@code cache='none'} or
 * {@code 'directsync'} is opened with O_DIRECT, which reads past the page cache.
 *
 * @see <a
 *     href="https://man7.org/linux/man-pages/man5/proc_pid_fdinfo.5.html">proc_pid_fdinfo(5)</a>
 */
enum ImageUse {
    /** Open, and read through the page cache. */
    CACHED,
    /** Open with O_DIRECT, and not otherwise. */
    DIRECT,
    /** The process does not have it open. */
    NOT_OPEN,
    /** The process may not be looked into. */
    UNKNOWN;

    private static final int RADIX_OF_FLAGS = 8;

    static ImageUse of(int pid, Path image) {
        return of(Path.of("/proc/" + pid), image);
    }

    static ImageUse of(Path process, Path image) {
        ImageUse found = NOT_OPEN;
        try (DirectoryStream<Path> fds = Files.newDirectoryStream(process.resolve("fd"))) {
            Object inode = Files.getAttribute(image, "unix:ino");
            Object device = Files.getAttribute(image, "unix:dev");
            for (Path fd : fds) {
                if (isSame(fd, inode, device)) {
                    Path info = process.resolve("fdinfo").resolve(String.valueOf(fd.getFileName()));
                    if (!isDirect(info)) {
                        return CACHED;
                    }
                    found = DIRECT;
                }
            }
            return found;
        } catch (AccessDeniedException e) {
            return UNKNOWN;
        } catch (IOException | java.nio.file.DirectoryIteratorException e) {
            return Files.isDirectory(process) ? UNKNOWN : NOT_OPEN;
        }
    }

    /** O_DIRECT is one of the few flags that differ between machines. */
    static boolean isDirect(long flags, String architecture) {
        long direct = architecture.equals("aarch64") ? 0x10000 : 0x4000;
        return (flags & direct) != 0;
    }

    private static boolean isSame(Path fd, Object inode, Object device) throws IOException {
        try {
            return Objects.equals(Files.getAttribute(fd, "unix:ino"), inode)
                    && Objects.equals(Files.getAttribute(fd, "unix:dev"), device);
        } catch (NoSuchFileException closedOrNoFile) {
            return false;
        }
    }

    private static boolean isDirect(Path info) throws IOException {
        try {
            for (String line : Files.readAllLines(info)) {
                if (line.startsWith("flags:")) {
                    long flags =
                            Long.parseLong(
                                    line.substring("flags:".length()).strip(), RADIX_OF_FLAGS);
                    return isDirect(flags, System.getProperty("os.arch"));
                }
            }
            return false;
        } catch (NoSuchFileException closedMeanwhile) {
            return false;
        }
    }
}
