package org.foreshape.bench;

import java.io.IOException;
import org.foreshape.lab.RamKind;

/**
 * What the first touch of 256 MiB costs a guest after a balloon cycle, with its memory made
 * resident in between and without, turn by turn in one guest.
 */
final class PrefaultTouches {
    private static final int FAULTS_MAX = 200;
    private static final int WARM_UPS = 3;

    private final PrefaultArms arms;
    private final Result result;

    PrefaultTouches(PrefaultArms arms, Result result) {
        this.arms = arms;
        this.result = result;
    }

    void run(RamKind kind, int repeats) throws IOException {
        PrefaultGuest.Touch[] with = new PrefaultGuest.Touch[repeats];
        PrefaultGuest.Touch[] without = new PrefaultGuest.Touch[repeats];
        try (PrefaultGuest guest = PrefaultGuest.boot(arms.libvirtd(), kind, 9, 0)) {
            guest.send(arms.guestTouch());
            guest.prealloc(1);
            // QEMU's table of translations doubles at most once a touch, the more pages one touches
            // in a tenth of a second the larger, and each new table is new heap: as the rounds.
            for (int i = 0; i < 2 * WARM_UPS; i++) {
                turn(guest, i % 2 == 0);
            }
            for (int i = 0; i < repeats; i++) {
                for (int turn = 0; turn < 2; turn++) {
                    boolean isWith = (turn + i) % 2 == 0;
                    (isWith ? with : without)[i] = turn(guest, isWith);
                }
                PrefaultArms.say(
                        "%s, touch %d: %d faults and %.3f s without, %d and %.3f s with",
                        PrefaultArms.name(kind),
                        i,
                        without[i].hostFaults(),
                        without[i].seconds(),
                        with[i].hostFaults(),
                        with[i].seconds());
            }
        }
        report(kind, with, without);
    }

    private PrefaultGuest.Touch turn(PrefaultGuest guest, boolean isWith) throws IOException {
        guest.cycleBalloon();
        arms.frames().give();
        if (isWith) {
            guest.prefault(arms.prefaulter(), 1, true);
        }
        PrefaultGuest.Touch touch = guest.touch();
        arms.frames().takeBack();
        return touch;
    }

    private void report(RamKind kind, PrefaultGuest.Touch[] with, PrefaultGuest.Touch[] without) {
        int n = with.length;
        double[][] faults = new double[2][n];
        double[][] arrived = new double[2][n];
        double[][] seconds = new double[2][n];
        double[] saved = new double[n];
        for (int i = 0; i < n; i++) {
            faults[0][i] = without[i].hostFaults();
            faults[1][i] = with[i].hostFaults();
            arrived[0][i] = without[i].arrivedPages();
            arrived[1][i] = with[i].arrivedPages();
            seconds[0][i] = without[i].seconds();
            seconds[1][i] = with[i].seconds();
            saved[i] = 100 * (1 - seconds[1][i] / seconds[0][i]);
        }
        String of = PrefaultArms.name(kind) + ": ";
        for (int is = 0; is < 2; is++) {
            String how = is == 0 ? "without" : "with";
            result.add(of + "host faults of a touch " + how, faults[is]);
            result.add(of + "pages that arrived in a touch " + how, arrived[is]);
            result.add(of + "touch of 256 MiB " + how + ", s", seconds[is]);
        }
        result.add(of + "touch is shorter by, %", saved);
        result.wantAtMost(
                of + "host faults of a touch, the worst", Result.max(faults[1]), FAULTS_MAX - 1);
        if (kind == RamKind.MEMFD) {
            result.wantAtLeast(of + "touch is shorter by, %, median", Result.median(saved), 30);
        }
    }
}
