package org.foreshape.numasculptor;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What runs in the two-node machine: the sculptor moves a process's memory from node to node, and
 * migratepages does the same in between. One line for each result; an exception ends it with 1.
 */
final class InsideTwoNodes {
    private static final ProcessReader READER = ProcessReader.ofThisMachine();
    private static final int WARM_ROUNDS = 4;
    private static final Path PROGRAM = Path.of("/mnt/bin/memhold");
    private static final HostReader HOST = HostReader.ofThisMachine();

    private InsideTwoNodes() {}

    public static void main(String[] args) throws Exception {
        int mib = Integer.parseInt(args[0]);
        int rounds = Integer.parseInt(args[1]);
        for (HostNode node : HOST.nodes()) {
            System.out.println("NODE " + node);
        }
        try (MemHold child = MemHold.start(PROGRAM, mib);
                SculptTarget target = child.target();
                Sculptor sculptor = Sculptor.open(HOST)) {
            // Wherever the kernel put it: it starts on node 1, by migratepages.
            migrate(child, target, 0, 1, "START");
            consolidate(child, target, sculptor);
            stopMidway(child, target, sculptor);
            compare(child, target, sculptor, rounds, "huge");
            if (args.length > 2) {
                record(child.pid());
            }
        }
        try (MemHold child = MemHold.start(PROGRAM, mib, "small");
                SculptTarget target = child.target();
                Sculptor sculptor = Sculptor.open(HOST)) {
            migrate(child, target, 0, 1, "START");
            compare(child, target, sculptor, rounds, "small");
        }
    }

    /** The same way there and back, so that neither has the better direction. */
    private static void compare(
            MemHold child, SculptTarget target, Sculptor sculptor, int rounds, String pages)
            throws Exception {
        // The first rounds of a young JVM under emulation are interpreted, and measure just that.
        for (int round = 0; round < WARM_ROUNDS; round++) {
            move(child, target, sculptor, round % 2, "WARM-" + pages);
        }
        for (int round = 0; round < rounds; round++) {
            move(child, target, sculptor, 0, "SCULPT-" + pages);
            migrate(child, target, 0, 1, "MIGRATE-" + pages);
            migrate(child, target, 1, 0, "MIGRATE-" + pages);
            move(child, target, sculptor, 1, "SCULPT-" + pages);
        }
    }

    /** All steps that two nodes allow, under load, and back. */
    private static void consolidate(MemHold child, SculptTarget target, Sculptor sculptor)
            throws Exception {
        child.ask("load");
        SculptRequest request =
                SculptRequest.builder(Step.PIN, Step.MOVE, Step.COLLAPSE, Step.COMPACT)
                        .node(0)
                        .compactNodes(0, 1)
                        .build();
        SculptReport report = sculptor.sculpt(target, request, new StopToken());
        line("CONSOLIDATE", report, child.ask("calm"));
        for (ThreadNode thread : READER.threads(child.pid(), HOST.nodes())) {
            System.out.println("THREAD allowed=" + thread.cpusAllowed());
        }
        SculptReport back = sculptor.undo(target, report, request, new StopToken());
        line("UNDO", back, child.ask("sum"));
        for (ThreadNode thread : READER.threads(child.pid(), HOST.nodes())) {
            System.out.println("THREAD allowed=" + thread.cpusAllowed());
        }
    }

    private static void stopMidway(MemHold child, SculptTarget target, Sculptor sculptor)
            throws Exception {
        StopToken stop = new StopToken();
        Thread stopper =
                Thread.ofPlatform()
                        .start(() -> {
                            // Half of it is there: then it is enough.
                            long half = child.range().sizeBytes() / 4;
                            while (READER.bytesByNode(child.pid()).getOrDefault(0, 0L) < half) {
                                Thread.onSpinWait();
                            }
                            stop.stop();
                        });
        SculptRequest request = SculptRequest.builder(Step.MOVE).node(0).batchPages(512).build();
        SculptReport report = sculptor.sculpt(target, request, stop);
        stopper.join();
        line("STOP", report, child.ask("sum"));
        line("BACK", sculptor.undo(target, report, request, new StopToken()), child.ask("sum"));
    }

    private static void move(
            MemHold child, SculptTarget target, Sculptor sculptor, int node, String name)
            throws Exception {
        SculptReport report =
                sculptor.sculpt(
                        target,
                        SculptRequest.builder(Step.MOVE).node(node).build(),
                        new StopToken());
        line(name, report, child.ask("sum"));
    }

    private static void migrate(MemHold child, SculptTarget target, int from, int to, String name)
            throws Exception {
        Map<Integer, Long> before = READER.bytesByNode(child.pid(), target.ranges());
        long startNs = System.nanoTime();
        int status =
                new ProcessBuilder(
                                "/mnt/bin/migratepages",
                                Integer.toString(child.pid()),
                                Integer.toString(from),
                                Integer.toString(to))
                        .inheritIO()
                        .start()
                        .waitFor();
        long tookNs = System.nanoTime() - startNs;
        Map<Integer, Long> after = READER.bytesByNode(child.pid(), target.ranges());
        if (status != 0) {
            throw new IllegalStateException("migratepages ended with " + status);
        }
        System.out.printf(
                "%s bytes=%d ns=%d before=%s after=%s %s%n",
                name,
                after.getOrDefault(to, 0L) - before.getOrDefault(to, 0L),
                tookNs,
                before,
                after,
                child.ask("sum"));
    }

    private static void line(String name, SculptReport report, String sum) {
        long bytes = report.step(Step.MOVE).map(StepReport::bytes).orElse(0L);
        long ns = report.step(Step.MOVE).map(StepReport::durationNs).orElse(0L);
        System.out.printf(
                "%s bytes=%d ns=%d before=%s after=%s %s%n",
                name, bytes, ns, report.bytesByNodeBefore(), report.bytesByNodeAfter(), sum);
        for (StepReport step : report.steps()) {
            System.out.printf(
                    "STEP %s %s %s bytes=%d reason='%s' %s%n",
                    name,
                    step.step(),
                    step.outcome(),
                    step.bytes(),
                    step.reason(),
                    step.failures());
        }
    }

    /** Prints the files that the readers read, so that they can be kept as a recording. */
    private static void record(int pid) throws Exception {
        for (String file :
                List.of(
                        "/proc/buddyinfo",
                        "/proc/meminfo",
                        "/sys/devices/system/node/online",
                        "/sys/devices/system/node/node0/meminfo",
                        "/sys/devices/system/node/node1/meminfo",
                        "/sys/devices/system/node/node0/cpulist",
                        "/sys/devices/system/node/node1/cpulist",
                        "/sys/devices/system/node/node0/distance",
                        "/sys/devices/system/node/node1/distance",
                        "/proc/" + pid + "/numa_maps",
                        "/proc/" + pid + "/maps",
                        "/proc/" + pid + "/smaps",
                        "/proc/" + pid + "/stat",
                        "/proc/" + pid + "/status")) {
            for (String line : Files.readAllLines(Path.of(file))) {
                System.out.println("RECORD " + file + "|" + line);
            }
        }
    }
}
