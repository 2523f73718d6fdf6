package org.foreshape.bench;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.foreshape.lab.TwoNodeMachine;
import org.foreshape.nativebindings.linux.PageBatch;
import org.foreshape.numasculptor.PageCensus;
import org.foreshape.numasculptor.ProcessReader;
import org.foreshape.numasculptor.RamRange;
import org.foreshape.numasculptor.SculptTarget;
import org.foreshape.numasculptor.Sculptor;
import org.foreshape.numasculptor.plan.ConsolidationPlan;
import org.foreshape.numasculptor.plan.ConsolidationPlanner;
import org.foreshape.numasculptor.plan.NodeSpace;
import org.foreshape.numasculptor.plan.VmPlacement;
import org.jspecify.annotations.Nullable;

/**
 * Where memory lies: asking for it against a C loop over the same pages in the same batches,
 * planning for 500 VMs on 8 nodes, and moving it in a machine with two nodes against migratepages.
 * All pairs turn by turn.
 */
final class NumaBenchmark implements Benchmark {
    private static final int HELD_MIB = 256;
    private static final int BATCH_PAGES = 512;
    private static final int WARM_COUNTS = 400;
    private static final int VM_COUNT = 500;
    private static final int NODE_COUNT = 8;
    private static final Duration PLAN_LIMIT = Duration.ofMillis(200);
    // Fetching it allocates, so that is done once.
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int MOVED_MIB = 256;

    @Override
    public String name() {
        return "numa";
    }

    @Override
    public String purpose() {
        return "placement query against C, planner times, moving memory against migratepages";
    }

    @Override
    public boolean needsGuests() {
        return false;
    }

    @Override
    public Result run(boolean quick) throws Exception {
        var result = new Result("numa");
        Path folder = Files.createTempDirectory("foreshape-numa");
        try {
            plan(result, quick ? 5 : 30);
            Path program;
            try {
                program = NumaProbe.compile(folder);
            } catch (IllegalStateException unavailable) {
                result.fact("query and moves", String.valueOf(unavailable.getMessage()));
                return result;
            }
            query(result, program, quick ? 15 : 101);
            moves(result, program, folder, quick ? 2 : 5);
            return result;
        } finally {
            remove(folder);
        }
    }

    private static void query(Result result, Path program, int repeats) throws Exception {
        double[] javaNs = new double[repeats];
        double[] loopNs = new double[repeats];
        double[] ratios = new double[repeats];
        double[] allocated = new double[repeats];
        try (NumaProbe holder = NumaProbe.start(program, "hold", Integer.toString(HELD_MIB))) {
            RamRange held = holder.held();
            long startTicks = ProcessReader.ofThisMachine().startTicks(holder.pid());
            try (SculptTarget target =
                            SculptTarget.open(holder.pid(), startTicks, List.of(held), null);
                    PageCensus census = PageCensus.open(BATCH_PAGES);
                    NumaProbe loop =
                            NumaProbe.start(
                                    program,
                                    "query",
                                    Integer.toString(holder.pid()),
                                    Long.toHexString(held.start()),
                                    Long.toString(held.sizeBytes()),
                                    Integer.toString(BATCH_PAGES))) {
                long[] byNode = new long[64];
                for (int i = 0; i < WARM_COUNTS; i++) {
                    census.count(target, target.ranges(), byNode);
                }
                for (int i = 0; i < 10; i++) {
                    loop.askNsPerPage();
                }
                long batches = held.sizeBytes() / (BATCH_PAGES * RamRange.PAGE_BYTES);
                for (int i = 0; i < repeats; i++) {
                    loopNs[i] = loop.askNsPerPage();
                    long before = allocatedBytes();
                    long startNs = System.nanoTime();
                    long present = census.count(target, target.ranges(), byNode);
                    long tookNs = System.nanoTime() - startNs;
                    allocated[i] = (double) (allocatedBytes() - before) / batches;
                    javaNs[i] = (double) tookNs * RamRange.PAGE_BYTES / present;
                    ratios[i] = javaNs[i] / loopNs[i];
                }
            }
        }
        result.add("placement query, ns a page", javaNs);
        result.add("C loop at the same batch, ns a page", loopNs);
        result.add("ratio of each pair", ratios);
        result.add("allocated by a batch of " + BATCH_PAGES + " pages, B", allocated);
        result.wantAtMost("placement query / C's", Result.ratio(javaNs, loopNs), 1.2);
        result.wantAtMost(
                "allocated by a batch of " + BATCH_PAGES + " pages, B, median",
                Result.median(allocated),
                0);
    }

    private static long allocatedBytes() {
        return THREADS.getCurrentThreadAllocatedBytes();
    }

    private static void plan(Result result, int repeats) {
        var planner = new ConsolidationPlanner();
        double[] greedyMs = new double[repeats];
        double[] bestMs = new double[repeats];
        double[] saved = new double[repeats];
        int proven = 0;
        int fewer = 0;
        for (int warm = 0; warm < 10; warm++) {
            planOnce(planner, warm + 1000);
        }
        for (int i = 0; i < repeats; i++) {
            ConsolidationPlan[] plans = planOnce(planner, i + 1);
            greedyMs[i] = plans[0].elapsedNs() / 1e6;
            bestMs[i] = plans[1].elapsedNs() / 1e6;
            saved[i] = 100.0 * (1 - (double) plans[1].movedBytes() / plans[0].movedBytes());
            proven += plans[1].provenOptimal() ? 1 : 0;
            fewer += plans[1].nodesAfter() < plans[0].nodesAfter() ? 1 : 0;
        }
        result.wantAtMost("best plan of 500 VMs on 8 nodes, ms, worst", Result.max(bestMs), 200);
        result.add("greedy plan, 500 VMs on 8 nodes, ms", greedyMs);
        result.add("best plan within 200 ms, ms", bestMs);
        result.add("bytes that it moves less than greedy, %", saved);
        result.fact("best plans proven optimal", proven + " of " + repeats);
        result.fact("best plans with fewer nodes than greedy", fewer + " of " + repeats);
    }

    /** A host of VMs in one to three pieces, its nodes 2 to 12 % larger than all of them. */
    private static ConsolidationPlan[] planOnce(ConsolidationPlanner planner, long seed) {
        var random = new Random(seed);
        var vms = new ArrayList<VmPlacement>();
        long memory = 0;
        long cpu = 0;
        for (int vm = 0; vm < VM_COUNT; vm++) {
            var bytes = new ArrayList<>(Collections.nCopies(NODE_COUNT, 0L));
            var millicores = new ArrayList<>(Collections.nCopies(NODE_COUNT, 0L));
            for (int piece = random.nextInt(3); piece >= 0; piece--) {
                long more = (1L + random.nextInt(2048)) << 22;
                int node = random.nextInt(NODE_COUNT);
                bytes.set(node, bytes.get(node) + more);
                memory += more;
            }
            long need = 100L + random.nextInt(4000);
            millicores.set(random.nextInt(NODE_COUNT), need);
            cpu += need;
            vms.add(new VmPlacement(vm, bytes, millicores));
        }
        double slack = 1.02 + 0.1 * random.nextDouble();
        var nodes = new ArrayList<NodeSpace>();
        for (int node = 0; node < NODE_COUNT; node++) {
            nodes.add(
                    new NodeSpace(
                            node,
                            (long) (memory * slack / NODE_COUNT),
                            (long) (cpu * slack / NODE_COUNT)));
        }
        return new ConsolidationPlan[] {
            planner.greedy(nodes, vms), planner.best(nodes, vms, PLAN_LIMIT)
        };
    }

    private static void moves(Result result, Path program, Path folder, int rounds)
            throws Exception {
        Optional<String> reason = TwoNodeMachine.reasonToSkip("migratepages");
        if (reason.isPresent()) {
            result.fact("moves between two nodes", "unavailable: " + reason.get());
            return;
        }
        List<Path> classes =
                List.of(home(NumaMoves.class), home(Sculptor.class), home(PageBatch.class));
        List<String> lines =
                new TwoNodeMachine(Files.createDirectories(folder.resolve("machine")), 1536)
                        .build(
                                classes,
                                NumaMoves.class.getName(),
                                List.of(Integer.toString(MOVED_MIB), Integer.toString(rounds)),
                                List.of("migratepages", program.toString()))
                        .run(Duration.ofMinutes(8));
        for (String pages : List.of("huge", "small")) {
            double[] own = rates(lines, "sculptor " + pages + " ");
            double[] other = rates(lines, "migratepages " + pages + " ");
            result.add("sculptor, " + pages + " pages, two nodes, MiB/s", own);
            result.add("migratepages, " + pages + " pages, MiB/s", other);
            result.wantAtLeast(
                    "moves of " + pages + " pages / migratepages", Result.ratio(own, other), 0.9);
        }
    }

    private static double[] rates(List<String> lines, String prefix) {
        return lines.stream()
                .filter(line -> line.startsWith(prefix))
                .mapToDouble(line -> Double.parseDouble(line.substring(prefix.length())))
                .toArray();
    }

    private static Path home(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    private static void remove(@Nullable Path folder) throws IOException {
        if (folder != null) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }
}
