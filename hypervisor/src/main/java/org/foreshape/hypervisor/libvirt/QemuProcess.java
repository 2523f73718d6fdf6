package org.foreshape.hypervisor.libvirt;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.foreshape.hypervisor.ProcessTelemetry;
import org.jspecify.annotations.Nullable;

/**
 * Finds a domain's QEMU among the processes of this host by the UUID on its command line. libvirt's
 * pid files may lie in a mount namespace that is not ours.
 */
final class QemuProcess {
    private static final int COMMAND_LINE_BYTES_MAX = 256 * 1024;

    private QemuProcess() {}

    /**
     * Opens the figures of a domain's QEMU.
     *
     * @return null when no process, or more than one, is it, or it may not be read
     */
    static @Nullable ProcessTelemetry open(UUID uuid) {
        return open(Path.of("/proc"), uuid);
    }

    static @Nullable ProcessTelemetry open(Path proc, UUID uuid) {
        long found = find(proc, uuid);
        if (found < 0) {
            return null;
        }
        try {
            ProcessTelemetry telemetry = ProcessTelemetry.open(found);
            // The files belong to whoever had the pid when they were opened: that it is still the
            // one we found is proven by looking once more, after opening.
            if (runs(proc.resolve(Long.toString(found)), uuid)) {
                return telemetry;
            }
            telemetry.close();
        } catch (IOException e) {
            // It has just ended, or belongs to somebody else: its figures are unknown.
            return null;
        }
        return null;
    }

    /** The pid of the one process that runs this domain; -1: none, or more than one. */
    static long find(Path proc, UUID uuid) {
        long found = -1;
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(proc, "[0-9]*")) {
            for (Path folder : folders) {
                if (runs(folder, uuid)) {
                    if (found >= 0) {
                        return -1;
                    }
                    found = Long.parseLong(folder.getFileName().toString());
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            return -1;
        }
        return found;
    }

    private static boolean runs(Path folder, UUID uuid) {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(folder.resolve("cmdline"))) {
            bytes = in.readNBytes(COMMAND_LINE_BYTES_MAX);
        } catch (IOException e) {
            // Processes come and go while we look.
            return false;
        }
        List<String> words = List.of(new String(bytes, StandardCharsets.ISO_8859_1).split("\0"));
        int option = words.indexOf("-uuid");
        return option > 0
                && option + 1 < words.size()
                && words.get(option + 1).equalsIgnoreCase(uuid.toString());
    }
}
