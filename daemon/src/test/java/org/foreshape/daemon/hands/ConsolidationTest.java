package org.foreshape.daemon.hands;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.foreshape.daemon.hands.Consolidation.Place;
import org.foreshape.daemon.hands.Consolidation.Residence;
import org.foreshape.numasculptor.HostReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A host of a test's own making, as files. */
@Timeout(30)
class ConsolidationTest {
    private static final long GIB = 1L << 30;

    @TempDir Path root;
    private final FakeEngine engine = new FakeEngine();
    private final Map<VmSeat, Residence> residences = new HashMap<>();

    private HostReader host(int... freeGib) throws IOException {
        StringBuilder buddies = new StringBuilder();
        Path nodes = root.resolve("sys/devices/system/node");
        for (int node = 0; node < freeGib.length; node++) {
            Path folder = Files.createDirectories(nodes.resolve("node" + node));
            Files.writeString(
                    folder.resolve("meminfo"),
                    "Node %d MemTotal: %d kB\nNode %d MemFree: %d kB\nNode %d FilePages: 0 kB\n"
                            .formatted(
                                    node, 16 * GIB / 1024, node, freeGib[node] * GIB / 1024, node));
            Files.writeString(folder.resolve("cpulist"), 4 * node + "-" + (4 * node + 3) + "\n");
            Files.writeString(folder.resolve("distance"), "10 21\n");
            buddies.append("Node " + node + ", zone Normal 1 1 1 1 1 1 1 1 1 1 100\n");
        }
        Files.writeString(nodes.resolve("online"), "0-" + (freeGib.length - 1) + "\n");
        Files.createDirectories(root.resolve("proc"));
        Files.writeString(root.resolve("proc/buddyinfo"), buddies);
        return new HostReader(root);
    }

    private VmSeat vm(int slot, long gibOn0, long gibOn1, int vcpusOn0, int vcpusOn1) {
        VmSeat vm = new VmSeat(slot, 1, "vm-" + slot);
        engine.enforce(vm);
        residences.put(
                vm,
                new Residence(
                        Map.of(0, gibOn0 * GIB, 1, gibOn1 * GIB),
                        Map.of(0, vcpusOn0, 1, vcpusOn1)));
        return vm;
    }

    private Consolidation planned(HostReader host) {
        Consolidation consolidation =
                new Consolidation(host, engine, vm -> Optional.ofNullable(residences.get(vm)));
        consolidation.round();
        return consolidation;
    }

    @Test
    void shouldBringAVmThatLiesOnTwoNodesToTheOneWithItsVcpusAndMostOfIt() throws IOException {
        vm(0, 3, 1, 2, 0);
        vm(1, 0, 4, 0, 2);
        Consolidation consolidation = planned(host(8, 8));
        assertThat(consolidation.placeOf(0, 1)).contains(new Place(1, List.of(0)));
        assertThat(consolidation.placeOf(1, 1)).contains(new Place(1, List.of(1)));
        assertThat(consolidation.placeOf(0, 2)).as("another VM of the slot").isEmpty();
    }

    @Test
    void shouldLeaveAVmWhereNoNodeHasRoom() throws IOException {
        vm(0, 6, 6, 1, 1);
        Consolidation consolidation = planned(host(1, 1));
        assertThat(consolidation.placeOf(0, 1).orElseThrow().nodes()).containsExactly(0, 1);
    }

    @Test
    void shouldPlanNothingOnAHostWithOneNodeAndSaySo() throws IOException {
        vm(0, 3, 0, 2, 0);
        Consolidation consolidation = planned(host(8));
        assertThat(consolidation.placeOf(0, 1)).isEmpty();
        assertThat(consolidation.whyNone()).contains("one NUMA node");
    }

    @Test
    void shouldForgetAVmThatIsGoneAndLeaveOutOneThatCannotBeRead() throws IOException {
        VmSeat gone = vm(0, 3, 1, 2, 0);
        VmSeat unread = vm(1, 1, 1, 1, 1);
        residences.remove(unread);
        HostReader host = host(8, 8);
        Consolidation consolidation = planned(host);
        assertThat(consolidation.placeOf(1, 1)).isEmpty();
        assertThat(consolidation.whyNone()).contains("could not be read");
        engine.release(gone);
        consolidation.round();
        assertThat(consolidation.placeOf(0, 1)).isEmpty();
    }
}
