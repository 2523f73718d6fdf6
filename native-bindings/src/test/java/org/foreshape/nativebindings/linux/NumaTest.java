package org.foreshape.nativebindings.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.foreshape.nativebindings.NativeUnavailableException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class NumaTest {
    @Test
    void shouldSayWhatToInstallWhenTheLibraryIsMissing() {
        assertThatThrownBy(() -> Numa.open("libnuma.so.4711"))
                .isInstanceOf(NativeUnavailableException.class)
                .hasMessage(
                        "libnuma.so.4711 not found: install libnuma1 (apt-get install libnuma1).");
    }

    @Test
    void shouldDescribeTheNodesOfThisMachine() {
        Numa numa = openOrSkip();
        assertThat(numa.nodeCount()).isPositive();
        assertThat(numa.nodeMax()).isGreaterThanOrEqualTo(numa.nodeCount() - 1);
        long sizeBytes = 0;
        for (int node = 0; node <= numa.nodeMax(); node++) {
            sizeBytes += numa.nodeSizeBytes(node);
            assertThat(numa.nodeFreeBytes(node)).isBetween(0L, numa.nodeSizeBytes(node));
            assertThat(numa.distance(node, node)).isEqualTo(10);
        }
        assertThat(sizeBytes).isPositive();
        assertThat(numa.nodeOfCpu(0)).isBetween(0, numa.nodeMax());
        assertThat(numa.nodeOfCpu(1_000_000)).isEqualTo(-1);
    }

    @Test
    void shouldRefuseNodesThatCannotBe() {
        Numa numa = openOrSkip();
        assertThatThrownBy(() -> numa.nodeSizeBytes(-1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> numa.distance(0, numa.nodeMax() + 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> numa.nodeOfCpu(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldSayWhenThereIsNoSuchProcess() {
        Numa numa = openOrSkip();
        assertThatThrownBy(
                        () -> numa.moveOrQueryPages(1 << 22, new long[] {4096}, null, new int[1]))
                .isInstanceOfSatisfying(
                        LinuxException.class,
                        failure -> {
                            assertThat(failure.call()).isEqualTo("move_pages");
                            assertThat(failure.symbol()).isEqualTo("ESRCH");
                        });
    }

    @Test
    void shouldMoveAPageToTheNodeWhereItIs() {
        Numa numa = openOrSkip();
        try (MappedMemory memory = MappedMemory.create("guest", 4096)) {
            memory.populate(0, 4096);
            long[] pages = {memory.segment().address()};
            int[] node = new int[1];
            numa.moveOrQueryPages(0, pages, null, node);
            int[] moved = {99};
            numa.moveOrQueryPages(0, pages, node, moved);
            assertThat(moved).isEqualTo(node);
        }
    }

    private static Numa openOrSkip() {
        try {
            return Numa.open();
        } catch (NativeUnavailableException missing) {
            String reason = "skipped: " + missing.getMessage();
            Assumptions.abort(reason);
            throw missing;
        }
    }
}
