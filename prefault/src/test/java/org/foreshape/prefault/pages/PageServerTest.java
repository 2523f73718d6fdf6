package org.foreshape.prefault.pages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Guests restored by the C stand-in for a VMM. */
class PageServerTest {
    private static final int MIB = 16;
    private static final int PAGES = MIB * 256;

    @TempDir static Path shared;
    private static Path client;
    private static Path memory;

    @TempDir Path folder;

    @BeforeAll
    static void compile() throws Exception {
        client = UffdClient.compile(shared);
        memory = UffdClient.writeSnapshot(shared.resolve("memory"), MIB);
    }

    private PageServerSettings settings() {
        return PageServerSettings.of(folder.resolve("s"), memory);
    }

    static RestoreReport await(PageServer server, Predicate<RestoreReport> wanted)
            throws InterruptedException {
        long endNs = System.nanoTime() + 20_000_000_000L;
        while (System.nanoTime() < endNs) {
            for (RestoreReport report : server.reports()) {
                if (wanted.test(report)) {
                    return report;
                }
            }
            Thread.sleep(5);
        }
        throw new AssertionError("not seen within 20 s: " + server.reports());
    }

    @Test
    void shouldServeEveryPageWithItsBytes() throws Exception {
        try (PageServer server = PageServer.start(settings());
                UffdClient guest = UffdClient.start(client, settings().socket(), "--mib", MIB)) {
            assertThat(guest.answer()).startsWith("sent");
            assertThat(guest.order("touch 0 " + PAGES + " 7")).contains("wrong 0");
            assertThat(guest.order("check 0 " + PAGES)).isEqualTo("checked 4096 wrong 0");
            // A fault is counted just after its thread has gone on.
            RestoreReport report = await(server, r -> r.count(PageCounter.DEMAND_PAGES) == PAGES);
            assertThat(report.state()).isEqualTo(RestoreState.SERVING);
            assertThat(report.pid()).isEqualTo((int) guest.pid());
            assertThat(report.count(PageCounter.DEMAND_FAULTS)).isEqualTo(PAGES / 16);
            assertThat(report.serviceP99Us()).isPositive();
            guest.kill();
            assertThat(await(server, r -> r.state() == RestoreState.ENDED).detail()).isEmpty();
        }
        assertThat(settings().socket()).doesNotExist();
    }

    @Test
    void shouldServeHugePagesWhole() throws Exception {
        long free =
                Files.readAllLines(Path.of("/proc/meminfo")).stream()
                        .filter(line -> line.startsWith("HugePages_Free:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                        .sum();
        assumeTrue(
                free * 2 >= MIB,
                "skipped: fewer than 8 free huge pages (sysctl vm.nr_hugepages=8, and back to 0)");
        try (PageServer server = PageServer.start(settings());
                UffdClient guest =
                        UffdClient.start(
                                client, settings().socket(), "--mib", MIB, "--page", 2 << 20)) {
            guest.answer();
            assertThat(guest.order("touch 0 600 0")).contains("wrong 0");
            assertThat(guest.order("drop 512 1024")).isEqualTo("dropped 1024");
            assertThat(guest.order("check 0 " + PAGES)).isEqualTo("checked 4096 wrong 0");
            RestoreReport report = await(server, r -> r.count(PageCounter.FAULTS) == 8);
            assertThat(report.count(PageCounter.ZERO_PAGES)).isEqualTo(1024);
            assertThat(report.count(PageCounter.FAILED_CALLS)).isZero();
        }
    }

    @Test
    void shouldGiveZerosForWhatWasRemovedEvenIfItNeverWasThere() throws Exception {
        try (PageServer server = PageServer.start(settings());
                UffdClient guest = UffdClient.start(client, settings().socket(), "--mib", MIB)) {
            guest.answer();
            assertThat(guest.order("touch 0 100 0")).contains("wrong 0");
            assertThat(guest.order("drop 50 100")).isEqualTo("dropped 100");
            assertThat(guest.order("check 0 " + PAGES)).isEqualTo("checked 4096 wrong 0");
            assertThat(guest.order("write 60 10")).isEqualTo("written 10");
            assertThat(guest.order("drop 65 2")).isEqualTo("dropped 2");
            assertThat(guest.order("check 0 200")).isEqualTo("checked 200 wrong 0");
            assertThat(await(server, r -> true).count(PageCounter.REMOVED_PAGES)).isEqualTo(102);
        }
    }
}
