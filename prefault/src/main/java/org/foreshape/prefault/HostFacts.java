package org.foreshape.prefault;

import java.io.IOException;
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
 */
record HostFacts(
        String enabled,
        @Nullable String blockEnabled,
        boolean isBlockSwitchWritable,
        boolean isZeroPageUsed,
        boolean isZeroPageWritable) {
    static final Path FOLDER = Path.of("/sys/kernel/mm/transparent_hugepage");
    private static final String BLOCK_SWITCH = "hugepages-2048kB/enabled";
    private static final String ZERO_PAGE_SWITCH = "use_zero_page";

    static HostFacts read(Path folder) throws IOException {
        Path top = folder.resolve("enabled");
        Path block = blockSwitch(folder);
        Path zero = zeroPageSwitch(folder);
        return new HostFacts(
                Files.exists(top) ? chosen(Files.readString(top)) : "",
                Files.exists(block) ? chosen(Files.readString(block)) : null,
                Files.isWritable(block),
                Files.exists(zero) && chosen(Files.readString(zero)).equals("1"),
                Files.isWritable(zero));
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
