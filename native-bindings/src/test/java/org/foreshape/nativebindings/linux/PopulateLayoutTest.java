package org.foreshape.nativebindings.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The offsets that populating memory uses are what the C compiler says. */
class PopulateLayoutTest {
    private static final String PROGRAM =
            """
            #define _GNU_SOURCE
            #include <linux/fs.h>
            #include <linux/stat.h>
            #include <stddef.h>
            #include <stdio.h>
            #include <sys/uio.h>
            int main(void) {
                struct statx s;
                printf("%zu %zu %zu %zu %zu %d\\n", offsetof(struct statx, stx_ino),
                       offsetof(struct statx, stx_size), offsetof(struct statx, stx_dev_major),
                       offsetof(struct statx, stx_dev_minor), sizeof s,
                       STATX_INO | STATX_SIZE | STATX_BLOCKS);
                printf("%zu %zu\\n", sizeof(struct iovec), offsetof(struct iovec, iov_len));
            #ifdef PAGEMAP_SCAN
                printf("%lu %zu %zu %zu %zu %zu %zu %zu %zu %d %d %d %d\\n",
                       (unsigned long)PAGEMAP_SCAN, sizeof(struct pm_scan_arg),
                       offsetof(struct pm_scan_arg, start), offsetof(struct pm_scan_arg, walk_end),
                       offsetof(struct pm_scan_arg, vec),
                       offsetof(struct pm_scan_arg, category_anyof_mask),
                       offsetof(struct pm_scan_arg, return_mask), sizeof(struct page_region),
                       offsetof(struct page_region, categories), PAGE_IS_PRESENT, PAGE_IS_SWAPPED,
                       PAGE_IS_PFNZERO, PAGE_IS_HUGE);
            #endif
                return 0;
            }
            """;

    @Test
    void shouldAgreeWithTheHeaders(@TempDir Path folder) throws Exception {
        Path source = Files.writeString(folder.resolve("ask.c"), PROGRAM);
        Path binary = folder.resolve("ask");
        assertThat(run("gcc", "-o", binary.toString(), source.toString())).isEmpty();
        String[] lines = run(binary.toString()).split("\n", -1);

        assertThat(lines).hasSizeGreaterThan(2);
        assertThat(lines[0]).isEqualTo("32 40 136 140 256 " + 0x700);
        assertThat(lines[1]).isEqualTo("16 8");
        // Headers older than Linux 6.7 do not know the ioctl.
        if (!lines[2].isEmpty()) {
            assertThat(lines[2]).isEqualTo(0xC0606610L + " 96 16 32 40 80 88 24 16 8 16 32 64");
        }
    }

    private static String run(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String words =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(words).isZero();
            return words;
        } catch (IOException e) {
            assumeTrue(false, "skipped: no gcc (apt-get install gcc libc6-dev): " + e);
            return "";
        }
    }
}
