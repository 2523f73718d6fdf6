package org.foreshape.bench;

import java.io.IOException;
import java.nio.file.Path;
import org.foreshape.prefault.PrefaultCancel;
import org.foreshape.prefault.PrefaultReport;
import org.foreshape.prefault.Prefaulter;
import org.foreshape.prefault.RamFinder;
import org.foreshape.prefault.RamRange;

/**
 * A process of the host: its own ways to its memory against ours, turn by turn. Its memory comes in
 * two kinds: as mapped, where only COLLAPSE makes huge pages, and marked for huge pages, as QEMU
 * marks a guest's.
 */
final class PrefaultPlain {
    private static final long MIB = 1 << 20;
    private static final int SIZE_MIB = 256;
    private static final int WARM_UPS = 15;
    private static final double GIB = SIZE_MIB / 1024.0;
    private static final String[] OWN = {
        "first touch in 4 KiB", "first touch in 2 MiB", "memset of resident"
    };

    private final Prefaulter prefaulter;
    private final Result result;

    PrefaultPlain(Prefaulter prefaulter, Result result) {
        this.prefaulter = prefaulter;
        this.result = result;
    }

    /** Both, and what the process writes itself. */
    private static final int WARM_MIB = 3 * SIZE_MIB;

    void run(Path hostTouch, int repeats) throws IOException {
        int ways = PrefaultArms.CPU_COUNT > 1 ? 3 : 2;
        double[][] own = new double[OWN.length][repeats];
        double[][] ours = new double[ways][repeats];
        double[][] act = new double[ways][repeats];
        try (CProgram program = CProgram.start(hostTouch, Integer.toString(SIZE_MIB));
                WarmFrames frames = WarmFrames.hold(hostTouch, WARM_MIB)) {
            String[] ready = program.line().split(" ", -1);
            RamRange plain = range(program, ready[1]);
            RamRange marked = range(program, ready[3]);
            // The first round warms the frames, and compiles.
            for (int i = -2; i < repeats; i++) {
                int at = Math.max(0, i);
                discard(program, frames);
                own[0][at] = GIB / (program.ns("touch") / 1e9);
                own[2][at] = GIB / (program.ns("memset " + (char) ('a' + (i & 7))) / 1e9);
                discard(program, frames);
                own[1][at] = GIB / (program.ns("huge") / 1e9);
                for (int way = 0; way < ways; way++) {
                    discard(program, frames);
                    PrefaultReport report =
                            prefault(
                                    way == 0 ? plain : marked,
                                    way == 2 ? PrefaultArms.CPU_COUNT : 1);
                    ours[way][at] = GIB / (report.durationNs() / 1e9);
                    act[way][at] = GIB / (report.actNs() / 1e9);
                }
            }
        }
        for (int i = 0; i < OWN.length; i++) {
            result.add("process: its own " + OWN[i] + ", GiB/s", own[i]);
        }
        for (int way = 0; way < ways; way++) {
            String label = label(way);
            result.add("process: " + label + ", whole call, GiB/s", ours[way]);
            result.add("process: " + label + ", the act alone, GiB/s", act[way]);
            result.wantAtLeast(
                    "process: " + label + " / its first touch in 4 KiB",
                    Result.ratio(ours[way], own[0]),
                    4);
            result.wantAtLeast(
                    "process: " + label + " / memset of resident",
                    Result.ratio(ours[way], own[2]),
                    0.45);
        }
        result.fact(
                "process: first touch in 2 MiB / in 4 KiB, the kernel's own gain",
                Result.ratio(own[1], own[0]));
        result.fact(
                "process: memset of resident / first touch in 4 KiB, one CPU's bound",
                Result.ratio(own[2], own[0]));
    }

    /**
     * Runs every way often enough that the code is compiled, as in a daemon that has run a while.
     */
    static void warmUp(Prefaulter prefaulter, Path hostTouch) throws IOException {
        new PrefaultPlain(prefaulter, new Result("")).run(hostTouch, WARM_UPS);
    }

    private static String label(int way) {
        return switch (way) {
            case 0 -> "ours, unmarked memory, " + PrefaultArms.by(1);
            case 1 -> "ours, memory marked huge, " + PrefaultArms.by(1);
            default -> "ours, memory marked huge, " + PrefaultArms.by(PrefaultArms.CPU_COUNT);
        };
    }

    private static void discard(CProgram program, WarmFrames frames) throws IOException {
        program.ask("discard");
        frames.takeBack();
        frames.give();
    }

    private PrefaultReport prefault(RamRange ram, int cpus) {
        PrefaultReport report =
                prefaulter.prefault(
                        ram, PrefaultArms.everything(cpus).build(), new PrefaultCancel());
        if (report.stop() != PrefaultReport.Stop.DONE
                || report.residentBytesAfter() < SIZE_MIB * MIB) {
            throw new IllegalStateException("not made resident: " + report);
        }
        return report;
    }

    private static RamRange range(CProgram program, String address) throws IOException {
        return RamFinder.at(program.pid(), Long.parseUnsignedLong(address, 16), SIZE_MIB * MIB)
                .orElseThrow();
    }
}
