package org.foreshape.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.foreshape.lab.PrivateLibvirtd;
import org.foreshape.lab.RamKind;
import org.foreshape.prefault.PrefaultCancel;
import org.foreshape.prefault.PrefaultReport;
import org.foreshape.prefault.PrefaultRequest;
import org.foreshape.prefault.Prefaulter;
import org.foreshape.prefault.RamFinder;
import org.foreshape.prefault.RamRange;

/**
 * Memory made resident before it is touched: against QEMU's own preallocation on real guests of
 * both kinds of memory, again after balloon cycles; what a guest's first touch costs with and
 * without; and on a plain process against its own first touch and memset. Pairs take turns, in
 * turning order, on frames that were used before: a frame's first use is many times slower where
 * the machine is virtual itself.
 */
final class PrefaultBenchmark implements Benchmark {
    private static final long MIB = 1 << 20;
    private static final int PLAIN_MIB = 256;
    private static final int WARM_MIB = 4096;
    private static final int WARM_EACH_MIB = 1280;
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

    private final Result result = new Result("prefault");

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
    public Result run(boolean quick) throws Exception {
        Path folder = Files.createTempDirectory("foreshape-prefault");
        try (Prefaulter prefaulter = Prefaulter.open()) {
            Path hostTouch = CProgram.compile(folder, "bench/src/main/c/first_touch.c", "-O2");
            Path guestTouch =
                    CProgram.compile(folder, "bench/src/main/c/guest_touch.c", GUEST_FLAGS);
            warm(hostTouch, WARM_MIB);
            plain(prefaulter, hostTouch, quick ? 5 : 15);
            try (PrivateLibvirtd libvirtd = PrivateLibvirtd.start()) {
                Arms arms = new Arms(prefaulter, libvirtd, hostTouch, guestTouch);
                for (RamKind kind : List.of(RamKind.ANON, RamKind.MEMFD)) {
                    rates(arms, kind, quick ? 2 : 5);
                    touches(arms, kind, quick ? 2 : 5);
                }
            }
        } finally {
            delete(folder);
        }
        return result;
    }

    /** What all parts with guests need. */
    private record Arms(
            Prefaulter prefaulter, PrivateLibvirtd libvirtd, Path hostTouch, Path guestTouch) {}

    /** Every frame that is used now was used before. */
    private static void warm(Path hostTouch, int mib) throws IOException {
        try (CProgram program = CProgram.start(hostTouch, Integer.toString(mib))) {
            program.line();
            program.ns("huge");
        }
    }

    /** A process of the host: its own ways against ours, in the same memory, one after another. */
    private void plain(Prefaulter prefaulter, Path hostTouch, int repeats) throws IOException {
        double[] touch = new double[repeats];
        double[] huge = new double[repeats];
        double[] memset = new double[repeats];
        double[] ours = new double[repeats];
        double[] act = new double[repeats];
        double[] overTouch = new double[repeats];
        double[] overMemset = new double[repeats];
        double gib = PLAIN_MIB / 1024.0;
        try (CProgram program = CProgram.start(hostTouch, Integer.toString(PLAIN_MIB))) {
            String[] ready = program.line().split(" ", -1);
            RamRange ram =
                    RamFinder.at(
                                    program.pid(),
                                    Long.parseUnsignedLong(ready[1], 16),
                                    PLAIN_MIB * MIB)
                            .orElseThrow();
            for (int i = -1; i < repeats; i++) {
                program.ask("discard");
                double touchGibS = gib / (program.ns("touch") / 1e9);
                double memsetGibS = gib / (program.ns("memset " + (char) ('a' + (i & 7))) / 1e9);
                program.ask("discard");
                PrefaultReport report =
                        prefaulter.prefault(
                                ram,
                                PrefaultRequest.more(1L << 40).balloonHeldBytes(0).build(),
                                new PrefaultCancel());
                if (report.stop() != PrefaultReport.Stop.DONE
                        || report.residentBytesAfter() < PLAIN_MIB * MIB) {
                    throw new IllegalStateException("not made resident: " + report);
                }
                double hugeGibS = gib / (program.ns("huge") / 1e9);
                if (i < 0) {
                    continue;
                }
                touch[i] = touchGibS;
                memset[i] = memsetGibS;
                huge[i] = hugeGibS;
                ours[i] = gib / (report.durationNs() / 1e9);
                act[i] = gib / (report.actNs() / 1e9);
                overTouch[i] = ours[i] / touchGibS;
                overMemset[i] = ours[i] / memsetGibS;
            }
        }
        result.add("plain process: first touch in 4 KiB, GiB/s", touch);
        result.add("plain process: first touch in 2 MiB, GiB/s", huge);
        result.add("plain process: memset of resident, GiB/s", memset);
        result.add("plain process: ours, whole call, GiB/s", ours);
        result.add("plain process: ours, the act alone, GiB/s", act);
        result.add("plain process: ours / 4 KiB touch (>= 4)", overTouch);
        result.add("plain process: ours / memset (>= 0.45)", overMemset);
    }

    /** Fresh guests, since QEMU's preallocation works once in the life of one. */
    private void rates(Arms arms, RamKind kind, int repeats) throws IOException {
        double[] qemu = new double[repeats];
        double[] ours = new double[repeats];
        double[] act = new double[repeats];
        double[] ratio = new double[repeats];
        String path = "";
        for (int i = 0; i < repeats; i++) {
            for (int turn = 0; turn < 2; turn++) {
                boolean isOurs = (turn + i) % 2 == 0;
                try (PrefaultGuest guest = boot(arms, kind, (isOurs ? "o" : "q") + i)) {
                    warm(arms.hostTouch(), WARM_EACH_MIB);
                    if (isOurs) {
                        PrefaultReport report = guest.prefault(arms.prefaulter(), false);
                        ours[i] = PrefaultGuest.rate(report).gibPerS();
                        act[i] = ours[i] * report.durationNs() / report.actNs();
                        path = report.plan().path() + ": " + report.plan().reason();
                    } else {
                        qemu[i] = guest.prealloc().gibPerS();
                    }
                    say(
                            "%s guest %d: %s, %.1f %% resident",
                            kind, i, isOurs ? "ours" : "QEMU's", guest.residentShare() * 100);
                }
            }
            ratio[i] = ours[i] / qemu[i];
        }
        result.add(kind + " guest: QEMU's preallocation, GiB/s", qemu);
        result.add(kind + " guest: ours, whole call, GiB/s", ours);
        result.add(kind + " guest: ours, the act alone, GiB/s", act);
        result.add(
                kind + " guest: ours / QEMU's (>= " + (kind == RamKind.ANON ? "1.5" : "0.9") + ")",
                ratio);
        result.fact(kind + " guest: path", path);
    }

    /**
     * One guest, with a balloon cycle before each touch; every other time its memory is made
     * resident in between. QEMU's preallocation is asked too, and shown to do nothing by then.
     */
    private void touches(Arms arms, RamKind kind, int repeats) throws IOException {
        double[] with = new double[repeats];
        double[] without = new double[repeats];
        double[] faultsWith = new double[repeats];
        double[] faultsWithout = new double[repeats];
        double[] arrivedWith = new double[repeats];
        double[] arrivedWithout = new double[repeats];
        double[] again = new double[repeats];
        double[] saved = new double[repeats];
        double[] huge = new double[repeats];
        try (PrefaultGuest guest = boot(arms, kind, "t")) {
            guest.send(arms.guestTouch());
            guest.prealloc();
            for (int i = 0; i < repeats; i++) {
                for (int turn = 0; turn < 2; turn++) {
                    guest.cycleBalloon();
                    if ((turn + i) % 2 == 0) {
                        result.fact(
                                kind + " guest: QEMU's preallocation after a cycle, MiB gained",
                                guest.prealloc().gainedMib());
                        PrefaultReport report = guest.prefault(arms.prefaulter(), true);
                        again[i] = PrefaultGuest.rate(report).gibPerS();
                        huge[i] = 100.0 * report.hugeBytesAfter() / (PrefaultGuest.MAX_MIB * MIB);
                        PrefaultGuest.Touch touch = guest.touch();
                        with[i] = touch.seconds();
                        faultsWith[i] = touch.hostFaults();
                        arrivedWith[i] = touch.arrivedPages();
                    } else {
                        PrefaultGuest.Touch touch = guest.touch();
                        without[i] = touch.seconds();
                        faultsWithout[i] = touch.hostFaults();
                        arrivedWithout[i] = touch.arrivedPages();
                    }
                }
                saved[i] = 100 * (1 - with[i] / without[i]);
                say(
                        "%s guest, touch %d: %.0f faults without, %.0f with",
                        kind, i, faultsWithout[i], faultsWith[i]);
            }
        }
        result.add(kind + " guest: ours after a balloon cycle, GiB/s", again);
        result.add(kind + " guest: host faults of a touch without", faultsWithout);
        result.add(kind + " guest: host faults of a touch with (< 200)", faultsWith);
        result.add(kind + " guest: pages that arrived in a touch without", arrivedWithout);
        result.add(kind + " guest: pages that arrived in a touch with", arrivedWith);
        result.add(kind + " guest: touch of 256 MiB without, s", without);
        result.add(kind + " guest: touch of 256 MiB with, s", with);
        result.add(
                kind + " guest: touch is shorter by, %" + (kind == RamKind.ANON ? "" : " (>= 30)"),
                saved);
        if (kind == RamKind.ANON) {
            result.add("ANON guest: huge after cycle and collapse, % (>= 95)", huge);
        }
    }

    private static PrefaultGuest boot(Arms arms, RamKind kind, String name) throws IOException {
        String unique = (kind == RamKind.ANON ? "a" : "m") + name;
        return PrefaultGuest.boot(arms.libvirtd(), unique, kind);
    }

    // The format is a literal at each call.
    @SuppressWarnings("AnnotateFormatMethod")
    private static void say(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
