package org.foreshape.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.foreshape.lab.FillResult;
import org.foreshape.lab.Guest;
import org.foreshape.lab.GuestSpec;
import org.foreshape.lab.MemInfo;
import org.foreshape.lab.PrivateLibvirtd;

/**
 * Time to grant on real guests: a guest of 1024 MiB that has 384 begins to fill 256 MiB,
 * unannounced, without swap and without a balloon that yields. From the start of the fill until its
 * balloon has given what covers it. The mechanism alone runs in between, on a guest that the engine
 * only watches: its size is set at the moment of the start.
 */
final class SpikeBenchmark implements Benchmark {
    private static final int MAX_MIB = 1024;
    private static final int REST_MIB = 384;
    private static final int FILL_MIB = 256;
    private static final double LIMIT_S = 15;
    private static final Duration BOOT_LIMIT = Duration.ofMinutes(3);
    private static final Duration FILL_LIMIT = Duration.ofSeconds(60);

    @Override
    public String name() {
        return "spike";
    }

    @Override
    public boolean needsGuests() {
        return true;
    }

    @Override
    public String purpose() {
        return "time from an unannounced fill of 256 MiB to the grant that covers it, real guests";
    }

    static GuestSpec guest(String name, String mode) {
        return GuestSpec.builder(name)
                .maxMib(MAX_MIB)
                .currentMib(REST_MIB)
                .metadataXml(
                        "<foreshape:vm xmlns:foreshape=\"https://foreshape.org/xmlns/vm/1\" mode=\""
                                + mode
                                + "\" floor-mib=\"256\" ceiling-mib=\"1024\" priority=\"5\"/>")
                .build();
    }

    @Override
    public Result run(boolean quick) throws Exception {
        int repeats = quick ? 3 : 10;
        Path folder = Files.createTempDirectory("foreshape-spike");
        try (PrivateLibvirtd libvirtd = PrivateLibvirtd.start();
                Guest shaped = libvirtd.create(guest("shaped", "enforce"));
                Guest plain = libvirtd.create(guest("plain", "observe"))) {
            shaped.waitReady(BOOT_LIMIT);
            plain.waitReady(BOOT_LIMIT);
            try (DaemonProcess daemon = DaemonProcess.start(folder, libvirtd.uri(), 2L * MAX_MIB);
                    BalloonWatch watch =
                            new BalloonWatch(
                                    libvirtd.uri(),
                                    List.of(shaped.domainName(), plain.domainName()))) {
                DaemonProcess.sleep(5_000);
                Result result = measure(shaped, plain, daemon, watch, repeats);
                result.fact("journal", daemon.journal().toString());
                return result;
            }
        }
    }

    private static Result measure(
            Guest shaped, Guest plain, DaemonProcess daemon, BalloonWatch watch, int repeats)
            throws Exception {
        double[] grantS = new double[repeats];
        double[] mechanismS = new double[repeats];
        double[] fillS = new double[repeats];
        int killed = 0;
        for (int i = 0; i < repeats; i++) {
            rest(shaped, daemon, watch);
            long wantedKib = coveringKib(shaped, watch.allocationKib(0));
            long startNs = System.nanoTime();
            CompletableFuture<FillResult> fill = shaped.control().fill(FILL_MIB, FILL_LIMIT);
            grantS[i] = watch.awaitAtLeast(0, wantedKib, startNs, LIMIT_S, sum -> {});
            FillResult end = fill.get();
            fillS[i] = end.seconds();
            if (!end.isDone()) {
                killed++;
            }
            mechanismS[i] = mechanism(plain, watch, wantedKib - watchedRest());
            System.out.printf(
                    "fill %d of %d: covered after %.2f s, filled in %.2f s (%s); mechanism %.2f s%n",
                    i + 1, repeats, grantS[i], fillS[i], end.end(), mechanismS[i]);
            shaped.control().setBlocks(0);
        }
        Result result = new Result("spike");
        result.add("covered after, s", grantS);
        result.add("the mechanism alone, s", mechanismS);
        result.add("fill took, s", fillS);
        result.fact("fills that did not end well", killed + " of " + repeats);
        return result;
    }

    private static long watchedRest() {
        return REST_MIB * 1024L;
    }

    /** What the guest must have so that the fill fits: what it uses now, plus the fill. */
    private static long coveringKib(Guest guest, long allocationKib) {
        MemInfo info = guest.control().memInfo();
        return allocationKib - info.availableKib() + FILL_MIB * 1024L;
    }

    /** The guest holds nothing and has what it had at first, by the product's own restore. */
    private static void rest(Guest guest, DaemonProcess daemon, BalloonWatch watch) {
        guest.control().setBlocks(0);
        DaemonProcess.sleep(1_000);
        daemon.command("restore");
        if (!watch.awaitAtMost(0, (REST_MIB + 4) * 1024L, 30)) {
            throw new IllegalStateException("the guest did not give back within 30 s");
        }
        daemon.command("resume");
        // The engine must have seen the rest before the next surprise.
        DaemonProcess.sleep(1_500);
    }

    private static double mechanism(Guest plain, BalloonWatch watch, long moreKib) {
        plain.resize(REST_MIB, Duration.ofSeconds(30));
        DaemonProcess.sleep(500);
        long startNs = System.nanoTime();
        watch.setMemoryKib(1, watchedRest() + moreKib);
        return watch.awaitAtLeast(1, watchedRest() + moreKib, startNs, LIMIT_S, sum -> {});
    }
}
