package org.foreshape.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.foreshape.numasculptor.HostReader;
import org.foreshape.numasculptor.ProcessReader;
import org.foreshape.numasculptor.RamRange;
import org.foreshape.numasculptor.SculptReport;
import org.foreshape.numasculptor.SculptRequest;
import org.foreshape.numasculptor.SculptTarget;
import org.foreshape.numasculptor.Sculptor;
import org.foreshape.numasculptor.Step;
import org.foreshape.numasculptor.StopToken;

/**
 * What {@link NumaBenchmark} runs inside the two-node machine: the sculptor and migratepages move
 * the same memory, turn by turn, there and back. Prints {@code sculptor|migratepages PAGES MIB/s}.
 */
public final class NumaMoves {
    private static final int WARM_ROUNDS = 4;

    private NumaMoves() {}

    /**
     * Runs it.
     *
     * @param args MiB to move, and rounds
     */
    public static void main(String[] args) throws Exception {
        for (String pages : List.of("huge", "small")) {
            try (NumaProbe probe =
                            NumaProbe.start(
                                    Path.of("/mnt/bin/numa_probe"), "hold", args[0], pages);
                    Sculptor sculptor = Sculptor.open(HostReader.ofThisMachine())) {
                RamRange held = probe.held();
                long startTicks = ProcessReader.ofThisMachine().startTicks(probe.pid());
                try (SculptTarget target =
                        SculptTarget.open(probe.pid(), startTicks, List.of(held), null)) {
                    migrate(target, 0, 1);
                    for (int round = 0; round < WARM_ROUNDS; round++) {
                        sculpt(sculptor, target, round % 2);
                    }
                    for (int round = 0; round < Integer.parseInt(args[1]); round++) {
                        print("sculptor", pages, sculpt(sculptor, target, 0));
                        print("migratepages", pages, migrate(target, 0, 1));
                        print("migratepages", pages, migrate(target, 1, 0));
                        print("sculptor", pages, sculpt(sculptor, target, 1));
                    }
                }
            }
        }
    }

    private static void print(String who, String pages, double mibPerSecond) {
        System.out.printf("%s %s %.3f%n", who, pages, mibPerSecond);
    }

    private static double sculpt(Sculptor sculptor, SculptTarget target, int node) {
        SculptReport report =
                sculptor.sculpt(
                        target,
                        SculptRequest.builder(Step.MOVE).node(node).build(),
                        new StopToken());
        requireOn(node, report.bytesByNodeAfter(), target);
        return report.steps().getFirst().bytesPerSecond() / (1 << 20);
    }

    private static double migrate(SculptTarget target, int from, int to) throws Exception {
        long startNs = System.nanoTime();
        new ProcessBuilder(
                        "/mnt/bin/migratepages",
                        Integer.toString(target.pid()),
                        Integer.toString(from),
                        Integer.toString(to))
                .inheritIO()
                .start()
                .waitFor();
        long tookNs = System.nanoTime() - startNs;
        requireOn(
                to,
                ProcessReader.ofThisMachine().bytesByNode(target.pid(), target.ranges()),
                target);
        return (target.ranges().getFirst().sizeBytes() >> 20) * 1e9 / tookNs;
    }

    private static void requireOn(int node, Map<Integer, Long> bytesByNode, SculptTarget target) {
        long wanted = target.ranges().getFirst().sizeBytes();
        if (bytesByNode.getOrDefault(node, 0L) != wanted) {
            throw new IllegalStateException("not all on node " + node + ": " + bytesByNode);
        }
    }
}
