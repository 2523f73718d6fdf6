package org.foreshape.prefault;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.foreshape.nativebindings.linux.LinuxException;
import org.foreshape.nativebindings.linux.RemotePages;
import org.foreshape.nativebindings.linux.SharedFile;

/** Finds the descriptor of a memory file in another process and duplicates it. */
final class RemoteFile {
    private RemoteFile() {}

    /**
     * Duplicates the file behind a range. That it is the right one is proven by its device and
     * inode after it was duplicated, since a descriptor's number may be taken anew meanwhile.
     *
     * @throws IOException the process is gone, may not be looked at, or has closed the file
     * @throws LinuxException pidfd_getfd(2) failed
     */
    static SharedFile open(RemotePages pages, RamRange range) throws IOException {
        Path folder = Path.of("/proc/" + range.pid() + "/fd");
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(folder)) {
            for (Path descriptor : descriptors) {
                if (leadsTo(descriptor, range)) {
                    int number = Integer.parseInt(String.valueOf(descriptor.getFileName()));
                    SharedFile file = pages.duplicate(number);
                    if (file.inode() == range.inode() && file.device() == range.device()) {
                        return file;
                    }
                    file.close();
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        throw new IOException(
                "process "
                        + range.pid()
                        + " has no descriptor of "
                        + range.name()
                        + " any more, so it cannot be mapped here");
    }

    private static boolean leadsTo(Path descriptor, RamRange range) {
        try {
            return Files.readSymbolicLink(descriptor).toString().equals(range.name())
                    && ((Number) Files.getAttribute(descriptor, "unix:ino")).longValue()
                            == range.inode();
        } catch (IOException e) {
            // Descriptors come and go while we look.
            return false;
        }
    }
}
