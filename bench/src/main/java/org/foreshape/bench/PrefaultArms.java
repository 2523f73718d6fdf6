package org.foreshape.bench;

import java.nio.file.Path;
import java.util.Locale;
import org.foreshape.lab.PrivateLibvirtd;
import org.foreshape.lab.RamKind;
import org.foreshape.prefault.PrefaultRequest;
import org.foreshape.prefault.Prefaulter;

/**
 * What the parts of {@link PrefaultBenchmark} share.
 *
 * @param hostTouch the compiled {@code first_touch}
 * @param guestTouch the compiled {@code guest_touch}
 */
record PrefaultArms(
        Prefaulter prefaulter,
        PrivateLibvirtd libvirtd,
        Path hostTouch,
        Path guestTouch,
        WarmFrames frames) {
    /** Of the whole machine. */
    static final int CPU_COUNT = Runtime.getRuntime().availableProcessors();

    /** Everything at once, by so many CPUs. */
    static PrefaultRequest.Builder everything(int cpus) {
        return PrefaultRequest.more(1L << 40).balloonHeldBytes(0).pace(0, cpus);
    }

    /** "by 1 CPU", "by 2 CPUs". */
    static String by(int cpus) {
        return "by " + cpus + (cpus == 1 ? " CPU" : " CPUs");
    }

    static String name(RamKind kind) {
        return kind == RamKind.ANON ? "anonymous guest" : "memfd guest";
    }

    // The format is a literal at each call.
    @SuppressWarnings("AnnotateFormatMethod")
    static void say(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}
