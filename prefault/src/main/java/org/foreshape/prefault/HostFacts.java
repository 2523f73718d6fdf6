package org.foreshape.prefault;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What this kernel does about huge pages, and what of it this process may change.
 *
 * @param enabled {@code always}, {@code madvise} or {@code never}; empty without huge pages
 * @param blockEnabled the same for pages of 2 MiB alone, or {@code inherit}; null before Linux 6.8
 * @param isBlockSwitchWritable whether this process may change it
 * @param isZeroPageUsed whether reading untouched memory maps the huge page of zeros
 * @param isZeroPageWritable whether this process may change that
 * @param fileWindows what it does about pages of 64 KiB in memory files
 */
record HostFacts(
        String enabled,
        @Nullable String blockEnabled,
        boolean isBlockSwitchWritable,
        boolean isZeroPageUsed,
        boolean isZeroPageWritable,
        FileWindows fileWindows) {
    /** Pages of 64 KiB in memory files, which Linux has from 6.11 on. */
    enum FileWindows {
        /** There are none, or other sizes are on as well and would fill what is not wanted. */
        CLOSED,
        /** A mapping that is marked for huge pages gets them while the switch is set aside. */
        BY_SWITCH,
        /** A mapping that is marked gets them. */
        OPEN
    }

    static final Path FOLDER = Path.of("/sys/kernel/mm/transparent_hugepage");
    private static final String BLOCK_SWITCH = "hugepages-2048kB/enabled";
    private static final String ZERO_PAGE_SWITCH = "use_zero_page";
    private static final String FILE_SWITCH = "shmem_enabled";
    private static final String WINDOW_SIZE = "hugepages-64kB";

    /** One that has no pages of 64 KiB in memory files. */
    HostFacts(
            String enabled,
            @Nullable String blockEnabled,
            boolean isBlockSwitchWritable,
            boolean isZeroPageUsed,
            boolean isZeroPageWritable) {
        this(
                enabled,
                blockEnabled,
                isBlockSwitchWritable,
                isZeroPageUsed,
                isZeroPageWritable,
                FileWindows.CLOSED);
    }

    static HostFacts read(Path folder) throws IOException {
        return read(folder, true);
    }

    /**
     * Reads what the kernel says.
     *
     * @param isOfFiles whether what concerns memory files is wanted: it is in a dozen files
     */
    static HostFacts read(Path folder, boolean isOfFiles) throws IOException {
        Path top = folder.resolve("enabled");
        Path block = blockSwitch(folder);
        Path zero = zeroPageSwitch(folder);
        return new HostFacts(
                Files.exists(top) ? chosen(Files.readString(top)) : "",
                Files.exists(block) ? chosen(Files.readString(block)) : null,
                Files.isWritable(block),
                Files.exists(zero) && chosen(Files.readString(zero)).equals("1"),
                Files.isWritable(zero),
                isOfFiles ? fileWindows(folder) : FileWindows.CLOSED);
    }

    private static FileWindows fileWindows(Path folder) throws IOException {
        Path windows = fileWindowSwitch(folder);
        if (!Files.exists(windows)) {
            return FileWindows.CLOSED;
        }
        String all = chosen(Files.readString(folder.resolve(FILE_SWITCH)));
        boolean isNoneElse = all.equals("never");
        try (DirectoryStream<Path> sizes = Files.newDirectoryStream(folder, "hugepages-*")) {
            for (Path size : sizes) {
                Path other = size.resolve(FILE_SWITCH);
                if (!size.endsWith(WINDOW_SIZE) && Files.exists(other)) {
                    String word = chosen(Files.readString(other));
                    isNoneElse &= word.equals("never") || word.equals("inherit");
                }
            }
        }
        return !isNoneElse
                ? FileWindows.CLOSED
                : switch (chosen(Files.readString(windows))) {
                    case "always", "advise" -> FileWindows.OPEN;
                    case "never" ->
                            Files.isWritable(windows) ? FileWindows.BY_SWITCH : FileWindows.CLOSED;
                    default -> FileWindows.CLOSED;
                };
    }

    static Path fileWindowSwitch(Path folder) {
        return folder.resolve(WINDOW_SIZE).resolve(FILE_SWITCH);
    }

    static Path blockSwitch(Path folder) {
        return folder.resolve(BLOCK_SWITCH);
    }

    static Path zeroPageSwitch(Path folder) {
        return folder.resolve(ZERO_PAGE_SWITCH);
    }

    /** The word in brackets of "always [madvise] never"; without brackets all of it. */
    static String chosen(String text) {
        int open = text.indexOf('[');
        int close = text.indexOf(']');
        return open >= 0 && close > open ? text.substring(open + 1, close) : text.strip();
    }

    /** Whether a read of untouched anonymous memory would map a huge page, of zeros or real. */
    boolean isFaultHuge(boolean isHugeAdvised) {
        String rule =
                blockEnabled == null || blockEnabled.equals("inherit") ? enabled : blockEnabled;
        return switch (rule) {
            case "always" -> true;
            case "madvise" -> isHugeAdvised;
            default -> false;
        };
    }
}
