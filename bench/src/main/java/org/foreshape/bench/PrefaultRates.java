package org.foreshape.bench;

import java.io.IOException;
import java.util.Arrays;
import org.foreshape.lab.RamKind;
import org.foreshape.prefault.PrefaultReport;

/**
 * How fast a fresh guest's memory becomes resident, and again after a balloon cycle: ours by one
 * CPU and by all, against QEMU's own preallocation by one thread, which is its default, and by as
 * many. A new guest for each, since that works once in the life of one.
 */
final class PrefaultRates {
    /** Ways in one round; QEMU's are the even ones. */
    private static final int WAYS = 4;

    private static final int QEMU_BY_ALL = 2;

    private final PrefaultArms arms;
    private final Result result;

    PrefaultRates(PrefaultArms arms, Result result) {
        this.arms = arms;
        this.result = result;
    }

    void run(RamKind kind, int repeats) throws IOException {
        int all = PrefaultArms.CPU_COUNT;
        double[][] rates = new double[WAYS][repeats];
        double[][] act = new double[WAYS][repeats];
        double[][] again = new double[WAYS][repeats];
        double[][] huge = new double[WAYS][repeats];
        String[] path = new String[WAYS];
        for (int i = 0; i < repeats; i++) {
            for (int turn = 0; turn < WAYS; turn++) {
                int way = (turn + i) % WAYS;
                if (way == QEMU_BY_ALL && i > 0) {
                    // For comparison only: once is enough.
                    continue;
                }
                int cpus = way < 2 ? 1 : all;
                try (PrefaultGuest guest = PrefaultGuest.boot(arms.libvirtd(), kind, way, i)) {
                    arms.frames().give();
                    if (way % 2 == 0) {
                        rates[way][i] = guest.prealloc(cpus).gibPerS();
                    } else {
                        PrefaultReport report = guest.prefault(arms.prefaulter(), cpus, false);
                        rates[way][i] = PrefaultGuest.rate(report).gibPerS();
                        act[way][i] = rates[way][i] * report.durationNs() / report.actNs();
                        path[way] = report.plan().path() + ": " + report.steps();
                    }
                    PrefaultArms.say(
                            "%s %d, %s: %.2f GiB/s, %.1f %% resident",
                            PrefaultArms.name(kind),
                            i,
                            label(way),
                            rates[way][i],
                            guest.residentShare() * 100);
                    if (way == QEMU_BY_ALL || (way == 0 && i > 0)) {
                        arms.frames().takeBack();
                        continue;
                    }
                    arms.frames().takeBack();
                    guest.cycleBalloon();
                    arms.frames().give();
                    if (way == 0) {
                        result.fact(
                                PrefaultArms.name(kind)
                                        + ": QEMU's preallocation after a cycle, MiB gained",
                                guest.prealloc(cpus).gainedMib());
                    } else {
                        PrefaultReport report = guest.prefault(arms.prefaulter(), cpus, true);
                        again[way][i] = PrefaultGuest.rate(report).gibPerS();
                        huge[way][i] = guest.hugeShare(report) * 100;
                    }
                    arms.frames().takeBack();
                }
            }
        }
        rates[QEMU_BY_ALL] = Arrays.copyOf(rates[QEMU_BY_ALL], 1);
        report(kind, rates, act, again, huge);
        result.fact(PrefaultArms.name(kind) + ": path " + PrefaultArms.by(1), path[1]);
        result.fact(PrefaultArms.name(kind) + ": path " + PrefaultArms.by(all), path[3]);
    }

    private void report(
            RamKind kind, double[][] rates, double[][] act, double[][] again, double[][] huge) {
        String of = PrefaultArms.name(kind) + ": ";
        double bound = kind == RamKind.ANON ? 1.5 : 0.9;
        for (int way = 0; way < WAYS; way++) {
            result.add(of + label(way) + ", GiB/s", rates[way]);
        }
        for (int way = 1; way < WAYS; way += 2) {
            result.add(
                    of + label(way) + " / QEMU's own, of each round", pairs(rates[way], rates[0]));
            result.add(of + label(way) + ", the act alone, GiB/s", act[way]);
            result.add(of + label(way) + ", after a cycle, GiB/s", again[way]);
            if (kind == RamKind.ANON) {
                result.add(of + label(way) + ", huge after a cycle, %", huge[way]);
                result.wantAtLeast(
                        of + label(way) + ", huge after a cycle, %", Result.median(huge[way]), 95);
            }
            result.wantAtLeast(
                    of + label(way) + " / QEMU's own, as it comes",
                    Result.ratio(rates[way], rates[0]),
                    bound);
            result.wantAtLeast(
                    of + label(way) + ", after a cycle / QEMU's own on a fresh guest",
                    Result.ratio(again[way], rates[0]),
                    bound);
        }
        result.fact(
                of + label(3) + " / QEMU's by as many threads", Result.ratio(rates[3], rates[2]));
    }

    private static double[] pairs(double[] ours, double[] theirs) {
        double[] ratios = new double[ours.length];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = ours[i] / theirs[i];
        }
        return ratios;
    }

    private static String label(int way) {
        int cpus = way < 2 ? 1 : PrefaultArms.CPU_COUNT;
        return (way % 2 == 0 ? "QEMU's own " : "ours ") + PrefaultArms.by(cpus);
    }
}
