package org.foreshape.prefault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.foreshape.prefault.PrefaultReport.Stop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Memory of the pool of huge pages; the pool is lent some pages and given back empty. */
class HugePoolTest {
    private static final Path POOL = Path.of("/proc/sys/vm/nr_hugepages");
    private static final int PAGES = 12;

    @TempDir private Path folder;

    @Test
    void shouldTakeAbsentPagesFromThePool() throws IOException {
        assumeTrue(Target.isRoot() && Files.isWritable(POOL), "skipped: not root");
        assumeTrue(pool().equals("0"), "skipped: the pool of huge pages is in use here");
        Path binary = Target.compile(folder);
        // The product's own switch puts the pool back, whatever becomes of this process.
        try (HugePageSwitch lent = new HugePageSwitch(POOL, Integer.toString(PAGES))) {
            lent.during(() -> fill(binary));
        }
        assertThat(pool()).isEqualTo("0");
    }

    /** These files give all of it to one read or nothing to the next, so one must do. */
    private static String pool() throws IOException {
        try (InputStream in = Files.newInputStream(POOL)) {
            return new String(in.readNBytes(64), StandardCharsets.US_ASCII).strip();
        }
    }

    private static void fill(Path binary) throws IOException {
        assumeTrue(
                pool().equals(Integer.toString(PAGES)),
                "skipped: the host has no free huge pages: " + pool());
        try (Prefaulter prefaulter = Prefaulter.open();
                Target target = Target.start(binary, "hugetlb", PAGES * 2)) {
            target.ask("fill 0 4");
            RamRange ram = target.ram();
            assertThat(ram.kind()).isEqualTo(MemoryKind.HUGETLB);
            PrefaultReport report =
                    prefaulter.prefault(
                            ram,
                            PrefaultRequest.more(1L << 40).balloonHeldBytes(0).build(),
                            new PrefaultCancel());

            assertThat(report.plan().path()).isEqualTo(PrefaultPath.HUGETLB_READ);
            assertThat(report.stop()).as(report.toString()).isEqualTo(Stop.DONE);
            assertThat(target.residentMib()).isEqualTo(PAGES * 2);
            assertThat(target.ask("fill 4 20")).contains("faults=0");
            assertThat(target.badAnywhere()).isZero();
        }
    }
}
