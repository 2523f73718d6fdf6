package org.foreshape.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.foreshape.lab.FillResult;
import org.foreshape.lab.Guest;
import org.foreshape.lab.PrivateLibvirtd;

/**
 * A swap between two real guests under a fixed budget: one frees 256 MiB at the moment at which the
 * other starts to fill 256 MiB. What one gets the other must have given back before.
 */
final class SwapBenchmark implements Benchmark {
    private static final long BUDGET_MIB = 1024;
    private static final int FILL_MIB = 256;
    private static final double LIMIT_S = 40;
    private static final Duration BOOT_LIMIT = Duration.ofMinutes(3);
    private static final Duration FILL_LIMIT = Duration.ofSeconds(60);

    @Override
    public String name() {
        return "swap";
    }

    @Override
    public boolean needsGuests() {
        return true;
    }

    @Override
    public String purpose() {
        return "time until a swap of 256 MiB between two real guests under a fixed budget is covered";
    }

    @Override
    public Result run(boolean quick) throws Exception {
        int repeats = quick ? 3 : 10;
        Path folder = Files.createTempDirectory("foreshape-swap");
        try (PrivateLibvirtd libvirtd = PrivateLibvirtd.start();
                Guest one = libvirtd.create(SpikeBenchmark.guest("one", "enforce"));
                Guest two = libvirtd.create(SpikeBenchmark.guest("two", "enforce"))) {
            one.waitReady(BOOT_LIMIT);
            two.waitReady(BOOT_LIMIT);
            try (DaemonProcess daemon = DaemonProcess.start(folder, libvirtd.uri(), BUDGET_MIB);
                    BalloonWatch watch =
                            new BalloonWatch(
                                    libvirtd.uri(), List.of(one.domainName(), two.domainName()))) {
                Result result = measure(one, two, watch, repeats);
                result.fact("journal", daemon.journal().toString());
                return result;
            }
        }
    }

    private static Result measure(Guest one, Guest two, BalloonWatch watch, int repeats)
            throws Exception {
        double[] coveredS = new double[repeats];
        int unwell = 0;
        AtomicLong greatestKib = new AtomicLong();
        AtomicLong overCount = new AtomicLong();
        fillGently(one);
        DaemonProcess.sleep(5_000);
        for (int i = 0; i < repeats; i++) {
            boolean forth = i % 2 == 0;
            Guest giver = forth ? one : two;
            Guest taker = forth ? two : one;
            int takerIndex = forth ? 1 : 0;
            long allocationKib = watch.allocationKib(takerIndex);
            long wantedKib =
                    allocationKib - taker.control().memInfo().availableKib() + FILL_MIB * 1024L;
            long startNs = System.nanoTime();
            CompletableFuture<FillResult> free = giver.control().fill(0, FILL_LIMIT);
            CompletableFuture<FillResult> fill = taker.control().fill(FILL_MIB, FILL_LIMIT);
            coveredS[i] =
                    watch.awaitAtLeast(
                            takerIndex,
                            wantedKib,
                            startNs,
                            LIMIT_S,
                            sumKib -> {
                                greatestKib.accumulateAndGet(sumKib, Math::max);
                                if (sumKib > BUDGET_MIB * 1024) {
                                    overCount.incrementAndGet();
                                }
                            });
            FillResult end = fill.get();
            free.get();
            if (!end.isDone()) {
                unwell++;
            }
            System.out.printf(
                    "swap %d of %d: covered after %.2f s, filled in %.2f s (%s)%n",
                    i + 1, repeats, coveredS[i], end.seconds(), end.end());
            DaemonProcess.sleep(4_000);
        }
        Result result = new Result("swap");
        result.add("covered after, s", coveredS);
        result.fact("fills that did not end well", unwell + " of " + repeats);
        result.fact("greatest sum of both, MiB", greatestKib.get() / 1024.0);
        result.fact("looks over the budget of " + BUDGET_MIB + " MiB", overCount.get());
        return result;
    }

    private static void fillGently(Guest guest) throws Exception {
        guest.control().fillAt(System.nanoTime(), FILL_MIB, 40, FILL_LIMIT).get();
    }
}
