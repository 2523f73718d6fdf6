package org.foreshape.bench;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.stream.Stream;
import org.foreshape.prefault.pages.PageCounter;
import org.foreshape.prefault.pages.PageServer;
import org.foreshape.prefault.pages.PageServerSettings;
import org.foreshape.prefault.pages.RestoreReport;
import org.foreshape.prefault.pages.RestoreState;
import org.foreshape.prefault.pages.WorkingSetUse;

/**
 * The page server against the plainest handler in C, on the same C client, turn by turn: what a
 * fault costs, how fast pages are installed ahead, and what a recorded working set saves.
 */
final class PagesBenchmark implements Benchmark {
    private static final int WARM_UPS = 3;
    private static final int PAGES_PER_MIB = 256;

    @Override
    public String name() {
        return "pages";
    }

    @Override
    public String purpose() {
        return "page server: fault latency and batch rate against C, restore with a working set";
    }

    @Override
    public boolean needsGuests() {
        return false;
    }

    @Override
    public Result run(boolean quick) throws Exception {
        PageServer.whyUnavailable()
                .ifPresent(why -> {
                    throw new IllegalStateException("unavailable: " + why);
                });
        Path folder = Files.createTempDirectory("foreshape-pages");
        try {
            Path client = CProgram.compile(folder, "prefault/src/test/c/uffd_client.c");
            Path handler = CProgram.compile(folder, "bench/src/main/c/uffd_handler.c");
            int mib = quick ? 64 : 256;
            Path memory = writeMemory(folder.resolve("memory"), mib);
            Rounds rounds = new Rounds(folder, client, handler, memory, mib, quick ? 5 : 15);
            Result result = new Result("pages");
            result.fact("memory, MiB", mib);
            rounds.faults(1, result);
            rounds.faults(16, result);
            rounds.batches(result);
            rounds.workingSet(result);
            rounds.allocation(result);
            return result;
        } finally {
            delete(folder);
        }
    }

    /** The pattern that the client expects. */
    private static Path writeMemory(Path file, int mib) throws IOException {
        ByteBuffer step = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
        try (FileChannel out =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (int page = 0; page < mib * PAGES_PER_MIB; page++) {
                for (int word = 0; word < 512; word++) {
                    step.putLong((page + 1) * 0x9E3779B97F4A7C15L + word * 0xC2B2AE3D27D4EB4FL);
                }
                if (!step.hasRemaining()) {
                    step.flip();
                    while (step.hasRemaining()) {
                        out.write(step);
                    }
                    step.clear();
                }
            }
        }
        return file;
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** The measurements, on one memory file. */
    private record Rounds(
            Path folder, Path client, Path handler, Path memory, int mib, int repeats) {
        private PageServerSettings settings(int windowPages, int batchPages) {
            return PageServerSettings.of(folder.resolve("s"), memory)
                    .withPages(windowPages, batchPages);
        }

        private int pages() {
            return mib * PAGES_PER_MIB;
        }

        /** Touches pages in a random order; as many faults as pages when one comes per fault. */
        private PassResult pass(String pass) throws Exception {
            try (CProgram guest =
                    CProgram.start(
                            client,
                            "--socket",
                            folder.resolve("s").toString(),
                            "--mib",
                            Integer.toString(mib),
                            "--pass",
                            pass)) {
                PassResult result = PassResult.parse(guest.line());
                guest.line();
                return result;
            }
        }

        void faults(int window, Result result) throws Exception {
            double[][] ours = new double[2][repeats];
            double[][] theirs = new double[2][repeats];
            int touched = Math.min(pages(), 16_384);
            for (int i = -WARM_UPS; i < repeats; i++) {
                String pass = "0," + touched + "," + (i + 1_000);
                PassResult java;
                try (PageServer server = PageServer.start(settings(window, 256))) {
                    java = pass(pass);
                    settle(server);
                }
                PassResult c;
                try (CProgram _ = CProgram.serve(handler, folder, memory, "serve", window)) {
                    c = pass(pass);
                }
                if (i >= 0) {
                    ours[0][i] = java.p50Us();
                    ours[1][i] = java.p99Us();
                    theirs[0][i] = c.p50Us();
                    theirs[1][i] = c.p99Us();
                }
            }
            String of = window + " page" + (window == 1 ? "" : "s") + " per fault: ";
            result.add(of + "touch p50, us", ours[0]);
            result.add(of + "touch p50 with C, us", theirs[0]);
            result.add(of + "touch p99, us", ours[1]);
            result.add(of + "touch p99 with C, us", theirs[1]);
            result.wantAtMost(of + "touch p50 / C's", Result.ratio(ours[0], theirs[0]), 1.2);
            result.fact(of + "touch p99 / C's", Result.ratio(ours[1], theirs[1]));
        }

        /** The one restore of a server, once its guest has been accepted. */
        private static RestoreReport report(PageServer server) throws InterruptedException {
            while (server.reports().isEmpty()) {
                Thread.sleep(2);
            }
            return server.reports().getFirst();
        }

        /** Waits for the guest's end, so that closing has nothing left to bring in. */
        private static RestoreReport settle(PageServer server) throws InterruptedException {
            RestoreReport report = report(server);
            while (report.state() == RestoreState.SERVING
                    || report.state() == RestoreState.HANDSHAKE) {
                Thread.sleep(2);
                report = report(server);
            }
            return report;
        }

        void batches(Result result) throws Exception {
            for (int batch : new int[] {64, 256, 512}) {
                double[] ours = new double[repeats];
                double[] theirs = new double[repeats];
                for (int i = -WARM_UPS; i < repeats; i++) {
                    double java = installRate(batch);
                    double c = installRateOfC(batch);
                    if (i >= 0) {
                        ours[i] = java;
                        theirs[i] = c;
                    }
                }
                String of = "batches of " + batch + " pages: ";
                result.add(of + "GiB/s", ours);
                result.add(of + "GiB/s with C", theirs);
                result.wantAtLeast(of + "rate / C's", Result.ratio(ours, theirs), 0.9);
            }
        }

        private double installRate(int batch) throws Exception {
            try (PageServer server = PageServer.start(settings(1, batch).withFillRest(true));
                    CProgram guest = idleGuest()) {
                guest.line();
                while (true) {
                    RestoreReport report = report(server);
                    long ns = report.count(PageCounter.BATCH_NS);
                    if (ns > 0) {
                        return report.count(PageCounter.BATCH_PAGES)
                                * 4096.0
                                / ns
                                * 1e9
                                / (1 << 30);
                    }
                    Thread.sleep(5);
                }
            }
        }

        private double installRateOfC(int batch) throws Exception {
            try (CProgram serving = CProgram.serve(handler, folder, memory, "batch", batch);
                    CProgram guest = idleGuest()) {
                guest.line();
                String[] words = serving.line().split(" ", -1);
                return Long.parseLong(words[1]) / Double.parseDouble(words[3]) * 1e9 / (1 << 30);
            }
        }

        private CProgram idleGuest() throws IOException {
            return CProgram.start(
                    client,
                    "--socket",
                    folder.resolve("s").toString(),
                    "--mib",
                    Integer.toString(mib));
        }

        /** What the serving thread allocates, once compiled: the second half of one restore. */
        void allocation(Result result) throws Exception {
            int half = Math.min(pages() / 2, 16_384);
            try (PageServer server = PageServer.start(settings(1, 256));
                    CProgram guest = idleGuest()) {
                guest.line();
                guest.tell("touch 0 " + half + " 11");
                guest.line();
                long before = allocatedByServer();
                guest.tell("touch " + half + " " + half + " 12");
                guest.line();
                long bytes = allocatedByServer() - before;
                result.fact("bytes allocated per fault", (double) bytes / half);
                result.fact("faults served", report(server).count(PageCounter.FAULTS));
            }
        }

        private static long allocatedByServer() {
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            return Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("pages-1"))
                    .mapToLong(thread -> threads.getThreadAllocatedBytes(thread.threadId()))
                    .sum();
        }

        /** A quarter of the memory is the working set: one half of the first region. */
        void workingSet(Result result) throws Exception {
            Path file = folder.resolve("working-set");
            int touched = pages() / 4;
            String pass = "0," + touched + ",77";
            try (PageServer server =
                    PageServer.start(settings(1, 256).withWorkingSet(file, WorkingSetUse.RECORD))) {
                pass(pass);
                settle(server);
            }
            double[] demandMs = new double[repeats];
            double[] replayMs = new double[repeats];
            double[] saved = new double[repeats];
            for (int i = -WARM_UPS; i < repeats; i++) {
                long[] faults = new long[2];
                double demand;
                try (PageServer server = PageServer.start(settings(1, 256))) {
                    demand = pass(pass).totalMs();
                    faults[0] = settle(server).count(PageCounter.DEMAND_FAULTS);
                }
                double replay;
                try (PageServer server =
                        PageServer.start(
                                settings(1, 256).withWorkingSet(file, WorkingSetUse.REPLAY))) {
                    replay = pass(pass).totalMs();
                    faults[1] = settle(server).count(PageCounter.DEMAND_FAULTS);
                }
                if (i >= 0) {
                    demandMs[i] = demand;
                    replayMs[i] = replay;
                    saved[i] = 100.0 * (faults[0] - faults[1]) / faults[0];
                }
            }
            result.add("first full pass on demand, ms", demandMs);
            result.add("first full pass with working set, ms", replayMs);
            result.add("demand faults saved, %", saved);
            result.wantAtLeast("demand faults saved, %", Result.median(saved), 95);
            result.wantAtLeast(
                    "first full pass with working set, times shorter",
                    Result.ratio(demandMs, replayMs),
                    3);
            result.fact(
                    "first full pass with working set, times shorter, the fastest of both",
                    Result.min(demandMs) / Result.min(replayMs));
        }
    }

    /** The client's answer to a pass. */
    private record PassResult(double totalMs, double p50Us, double p99Us) {
        static PassResult parse(String line) {
            String[] words = line.split(" ", -1);
            if (!words[0].equals("pass") || !words[3].equals("0")) {
                throw new IllegalStateException("the client saw wrong bytes, or failed: " + line);
            }
            return new PassResult(
                    Long.parseLong(words[5]) / 1e6,
                    Long.parseLong(words[7]) / 1e3,
                    Long.parseLong(words[9]) / 1e3);
        }
    }
}
