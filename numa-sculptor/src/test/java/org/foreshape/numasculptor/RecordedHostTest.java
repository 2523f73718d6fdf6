package org.foreshape.numasculptor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The readers on text that was recorded in a machine with two nodes. */
class RecordedHostTest {
    private static final Path ROOT =
            Path.of(
                    System.getProperty("foreshape.root"),
                    "numa-sculptor/src/test/resources/two-nodes");
    private static final int PID = 77;
    private static final RamRange RAM = new RamRange(0x7fd0fcc00000L, 0x7fd108c00000L, 0, true);

    private final HostReader host = new HostReader(ROOT);
    private final ProcessReader process = new ProcessReader(ROOT);

    @Test
    void shouldReadBothNodes() {
        List<HostNode> nodes = host.nodes();
        assertThat(nodes).extracting(HostNode::node).containsExactly(0, 1);
        HostNode second = nodes.get(1);
        assertThat(second.cpus()).containsExactly(1);
        assertThat(second.totalBytes()).isEqualTo(515500L << 10);
        assertThat(second.freeBytes()).isEqualTo(267632L << 10);
        assertThat(second.fileBytes()).isEqualTo(26616L << 10);
        assertThat(second.distances()).containsExactly(21, 10);
        assertThat(second.freeBlocks())
                .containsExactly(8L, 12L, 9L, 13L, 5L, 3L, 2L, 3L, 2L, 4L, 62L);
        // Both zones of node 0 together.
        assertThat(nodes.getFirst().freeBlocks().getLast()).isEqualTo(88);
        assertThat(second.unusableForHuge()).isBetween(0.0, 0.05);
        assertThat(host.swapTotalBytes()).isZero();
    }

    @Test
    void shouldAddUpMemoryByNode() {
        assertThat(process.bytesByNode(PID)).isEqualTo(Map.of(0, 247L << 12, 1, 49152L << 12));
        assertThat(process.bytesByNode(PID, List.of(RAM))).isEqualTo(Map.of(1, 192L << 20));
        assertThat(process.bytesByNode(PID, List.of())).isEmpty();
    }

    @Test
    void shouldFindRamByItsExactSize() {
        assertThat(process.guestRam(PID, 192L << 20)).containsExactly(RAM);
        assertThat(process.guestRam(PID, 191L << 20)).isEmpty();
    }

    @Test
    void shouldCutRangesToWhatIsMapped() {
        RamRange wider = new RamRange(RAM.start(), RAM.end() + (1 << 20), 0, true);
        assertThat(process.mapped(PID, List.of(wider)).getFirst()).isEqualTo(RAM);
        RamRange inner = new RamRange(RAM.start() + 4096, RAM.start() + 8192, 0, true);
        assertThat(process.mapped(PID, List.of(inner))).containsExactly(inner);
    }

    @Test
    void shouldReadFiguresOfTheRangesOnly() {
        assertThat(process.figures(PID, List.of(RAM)))
                .isEqualTo(new MemoryFigures(192L << 20, 192L << 20, 192L << 20, 192L << 20, 0));
    }

    /** A process that is being torn down runs still by its state, but its memory is gone. */
    @Test
    void shouldTellAProcessWithoutMemory(@TempDir Path root) throws Exception {
        assertThat(process.hasMemory(PID)).isTrue();
        Path folder = Files.createDirectories(root.resolve("proc").resolve(String.valueOf(PID)));
        String stat = Files.readString(ROOT.resolve("proc/" + PID + "/stat"));
        String ending = stat.replace(" S 114 ", " R 114 ").replace(" 215298048 49364 ", " 0 0 ");
        assertThat(ending).isNotEqualTo(stat);
        Files.writeString(folder.resolve("stat"), ending);
        assertThat(new ProcessReader(root).hasMemory(PID)).isFalse();
    }

    @Test
    void shouldTellVcpusAndNodesOfThreads() {
        List<ThreadNode> threads = process.threads(PID, host.nodes());
        assertThat(threads).extracting(ThreadNode::vcpu).containsExactly(0, -1);
        assertThat(threads).extracting(ThreadNode::node).containsExactly(0, 1);
        assertThat(threads.get(1).name()).isEqualTo("a) b");
        assertThat(threads.get(1).cpusAllowed()).containsExactly(1);
        assertThat(threads.getFirst().cpuTicks()).isEqualTo(2051 + 266);
        assertThat(process.startTicks(PID)).isEqualTo(1953);
    }

    @Test
    void shouldSayWhatItCannotRead() {
        assertThatThrownBy(() -> process.startTicks(78))
                .isInstanceOf(SculptException.class)
                .hasMessageContaining("the process has ended");
        assertThatThrownBy(() -> new HostReader(ROOT.resolve("absent")).nodes())
                .isInstanceOf(SculptException.class)
                .hasMessageContaining("cannot be read");
    }

    @Test
    void shouldTakeAKernelWithoutNumaAsOneNode(@TempDir Path root) throws Exception {
        Files.createDirectories(root.resolve("proc"));
        Files.writeString(root.resolve("proc/meminfo"), "MemTotal: 100 kB\nMemFree: 40 kB\n");
        Files.writeString(root.resolve("proc/buddyinfo"), "Node 0, zone DMA32 1 2 3\n");
        assertThat(new HostReader(root).nodes())
                .singleElement()
                .satisfies(node -> {
                    assertThat(node.totalBytes()).isEqualTo(102400);
                    assertThat(node.freeBlocks()).containsExactly(1L, 2L, 3L);
                    assertThat(node.unusableForHuge()).isEqualTo(1);
                });
    }

    @Test
    void shouldReadListsOfNumbers() {
        assertThat(CpuList.parse("0-2,8, 10-10\n")).containsExactly(0, 1, 2, 8, 10);
        assertThat(CpuList.parse(" \n")).isEmpty();
    }

    @Test
    void shouldKnowVcpuThreadsByName() {
        assertThat(ProcessReader.vcpuOf("CPU 12/KVM")).isEqualTo(12);
        assertThat(ProcessReader.vcpuOf("CPU x/KVM")).isEqualTo(-1);
        assertThat(ProcessReader.vcpuOf("CPU /TCG")).isEqualTo(-1);
        assertThat(ProcessReader.vcpuOf("IO mon_iothread")).isEqualTo(-1);
    }

    @Test
    void shouldComputeTheUnusableIndexAsTheKernelDoes() {
        // One block of order 9 and as much in blocks of order 0.
        assertThat(HostReader.unusable(new long[] {512, 0, 0, 0, 0, 0, 0, 0, 0, 1})).isEqualTo(0.5);
        assertThat(HostReader.unusable(new long[0])).isEqualTo(1);
    }

    @Test
    void shouldRefuseARangeThatIsNotWholePages() {
        assertThatThrownBy(() -> new RamRange(1, 4096, 0, true))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(new RamRange(0x1ff000, 0x3ff000, 0, false).canBeHuge()).isFalse();
        assertThat(new RamRange(0x1ff000, 0x3ff000, 0x1ff000, false).canBeHuge()).isTrue();
    }

    @Test
    void shouldRefuseRequestsOutOfRange() {
        assertThatThrownBy(() -> SculptRequest.builder(Step.MOVE).build())
                .hasMessageContaining("need a node");
        assertThatThrownBy(() -> SculptRequest.builder(Step.COLLAPSE).residentShareMin(0.5).build())
                .hasMessageContaining("residentShareMin");
        assertThatThrownBy(() -> SculptRequest.builder(Step.COLD).batchPages(511).build())
                .hasMessageContaining("batchPages");
    }
}
