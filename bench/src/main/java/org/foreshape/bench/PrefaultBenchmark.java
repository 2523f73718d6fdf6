package org.foreshape.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.foreshape.lab.PrivateLibvirtd;
import org.foreshape.lab.RamKind;
import org.foreshape.prefault.Prefaulter;

/**
 * Memory made resident before it is touched: against QEMU's own preallocation on real guests of
 * both kinds of memory, again after balloon cycles; what a guest's first touch costs with and
 * without; and on a plain process against its own first touch and memset. Ways take turns, in
 * turning order, on frames that were in use until then: see {@link WarmFrames}.
 */
final class PrefaultBenchmark implements Benchmark {
    private static final String PLAIN = "plain";
    private static final String RATE = "-rate";
    private static final String TOUCH = "-touch";

    /**
     * What a guest of 1 GiB lacks, and more: with 928 nearly every anonymous guest got cold frames.
     */
    private static final int WARM_MIB = 1280;

    private static final String[] GUEST_FLAGS = {
        "-Os",
        "-nostdlib",
        "-static",
        "-ffreestanding",
        "-fno-stack-protector",
        "-fno-asynchronous-unwind-tables",
        "-fno-pie",
        "-no-pie",
        "-Wl,-N,--build-id=none,-z,noseparate-code,-s"
    };

    @Override
    public String name() {
        return "prefault";
    }

    @Override
    public boolean needsGuests() {
        return true;
    }

    @Override
    public String purpose() {
        return "memory of guests made resident: rate, faults and first touch, against QEMU's own";
    }

    @Override
    public List<String> parts() {
        return List.of(PLAIN, "anon" + RATE, "memfd" + RATE, "anon" + TOUCH, "memfd" + TOUCH);
    }

    @Override
    public Result run(boolean quick) throws Exception {
        return run(quick, Set.copyOf(parts()));
    }

    @Override
    public Result run(boolean quick, Set<String> parts) throws Exception {
        Result result = new Result(name());
        result.fact("CPUs", PrefaultArms.CPU_COUNT);
        Path folder = Files.createTempDirectory("foreshape-prefault");
        try (Prefaulter prefaulter = Prefaulter.open()) {
            Path hostTouch = CProgram.compile(folder, "bench/src/main/c/first_touch.c", "-O2");
            if (parts.contains(PLAIN)) {
                new PrefaultPlain(prefaulter, result).run(hostTouch, quick ? 5 : 30);
            }
            if (parts.stream().anyMatch(part -> !part.equals(PLAIN))) {
                guests(prefaulter, folder, hostTouch, parts, quick, result);
            }
        } finally {
            delete(folder);
        }
        return result;
    }

    private static void guests(
            Prefaulter prefaulter,
            Path folder,
            Path hostTouch,
            Set<String> parts,
            boolean quick,
            Result result)
            throws IOException, InterruptedException {
        Path guestTouch = CProgram.compile(folder, "bench/src/main/c/guest_touch.c", GUEST_FLAGS);
        try (WarmFrames frames = WarmFrames.hold(hostTouch, WARM_MIB);
                PrivateLibvirtd libvirtd = PrivateLibvirtd.start()) {
            PrefaultPlain.warmUp(prefaulter, hostTouch);
            PrefaultArms arms =
                    new PrefaultArms(prefaulter, libvirtd, hostTouch, guestTouch, frames);
            for (RamKind kind : List.of(RamKind.ANON, RamKind.MEMFD)) {
                String of = kind == RamKind.ANON ? "anon" : "memfd";
                if (parts.contains(of + RATE)) {
                    new PrefaultRates(arms, result).run(kind, quick ? 1 : 3);
                }
                if (parts.contains(of + TOUCH)) {
                    new PrefaultTouches(arms, result).run(kind, quick ? 2 : 6);
                }
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
