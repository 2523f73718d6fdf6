package org.foreshape.daemon.demo;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.foreshape.daemon.engine.Engine;
import org.foreshape.daemon.fault.Terminal;
import org.foreshape.hypervisor.embedded.GuestSpec;
import org.foreshape.ring.Counter;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Tick;

/** Shows a demonstration: a table that is redrawn on a terminal, else a line each second. */
public final class DemoView {
    private static final int BAR_WIDTH = 32;
    private static final int ROWS_MAX = 24;
    private static final double MIB = 1024;

    private final PrintWriter out;
    private boolean cleared;

    /** A view on this output. */
    public DemoView(PrintWriter out) {
        this.out = out;
    }

    void show(List<Arm> arms, List<GuestSpec> guests, double seconds, DemoOptions options) {
        String progress = progress(seconds, options);
        if (!Terminal.isPresent()) {
            out.printf(
                    Locale.ROOT,
                    "%s  stalls s: %s  %s%n",
                    progress,
                    stalls(arms),
                    counts(arms.getLast()));
            out.flush();
            return;
        }
        if (!cleared) {
            Terminal.clear(out);
            cleared = true;
        }
        Terminal.home(out);
        out.println(progress + "   " + counts(arms.getLast()));
        out.printf(
                "%-12s %8s | %8s %8s %8s   MiB%n", "VM", "uses", "static", "reactive", "Foreshape");
        for (GuestSpec guest : guests.subList(0, Math.min(ROWS_MAX, guests.size()))) {
            out.printf(
                    Locale.ROOT,
                    "%-12s %8.0f | %8.0f %8.0f %8.0f  %s%n",
                    guest.name(),
                    used(arms.getLast(), guest) / MIB,
                    arms.get(0).allocationKib(guest.name()) / MIB,
                    arms.get(1).allocationKib(guest.name()) / MIB,
                    arms.get(2).allocationKib(guest.name()) / MIB,
                    bar(arms.getLast().allocationKib(guest.name()), guest.ceilingKib()));
        }
        out.println("stalled seconds of engine time: " + stalls(arms));
        Terminal.clearRest(out);
        out.flush();
    }

    private static String progress(double seconds, DemoOptions options) {
        return String.format(
                Locale.ROOT,
                "[%s] %3.0f/%d s, %4.0f min of guests' time",
                bar((long) (seconds * 1000), options.seconds() * 1000L),
                seconds,
                options.seconds(),
                seconds * options.speed() / 60);
    }

    private static String bar(long value, long most) {
        int filled = (int) Math.clamp(value * BAR_WIDTH / Math.max(1, most), 0L, (long) BAR_WIDTH);
        return "#".repeat(filled) + ".".repeat(BAR_WIDTH - filled);
    }

    private static String stalls(List<Arm> arms) {
        StringBuilder text = new StringBuilder();
        for (Arm arm : arms) {
            text.append(text.isEmpty() ? "" : ", ");
            text.append(String.format(Locale.ROOT, "%s %.0f", arm.name(), arm.stallSeconds()));
        }
        return text.toString();
    }

    private static String counts(Arm arm) {
        Engine engine = arm.engine();
        return engine == null
                ? ""
                : "acts "
                        + engine.counters().get(Counter.ACTS)
                        + ", forecasts by model "
                        + engine.counters().get(Counter.MODEL_FORECASTS)
                        + ", by fallback "
                        + engine.counters().get(Counter.FALLBACK_FORECASTS);
    }

    private static double used(Arm arm, GuestSpec guest) {
        Engine engine = arm.engine();
        if (engine == null) {
            return 0;
        }
        Tick tick = engine.latest();
        int slot = engine.slotOf(guest.name());
        SampleSection sample = tick.sample;
        return slot >= 0 && slot < sample.slotCount && sample.hasGuestStats(slot)
                ? sample.usedKib(slot)
                : 0;
    }

    /** The table at the end. */
    public void summary(DemoResult result) {
        out.println();
        out.printf("%-34s", "");
        result.arms().forEach(arm -> out.printf("%12s", arm.name()));
        out.println();
        row(result, "memory given, mean GiB", ArmResult::givenGib);
        row(result, "memory used, mean GiB", ArmResult::usedGib);
        row(result, "GiB saved of the ceilings", arm -> arm.ceilingGib() - arm.givenGib());
        row(result, "stalled for want of memory, s", ArmResult::stallSeconds);
        row(result, "stalls", ArmResult::stallCount);
        row(result, "time to grant, mean s", ArmResult::grantSecondsMean);
        row(result, "time to grant, longest s", ArmResult::grantSecondsMax);
        out.printf(
                Locale.ROOT,
                "decision: p50 %.0f us, p99 %.0f us; of it model p50 %.0f us, journal p50 %.0f us;"
                        + " engine thread: 0 B in %d of %d s once warm, %.1f B a tick in all;"
                        + " %d journal records%n",
                result.json().path("decision_us").path("p50").asDouble(),
                result.json().path("decision_us").path("p99").asDouble(),
                result.json().path("stage_us").path("model").path("p50").asDouble(),
                result.json().path("stage_us").path("record").path("p50").asDouble(),
                result.json().path("engine_thread_clean_seconds").asInt(),
                result.json().path("engine_thread_seconds").asInt(),
                result.json().path("engine_thread_bytes_per_tick").asDouble(),
                result.json().path("journal_records").asLong());
        out.println("(seconds are guests' time, which ran faster than the wall clock)");
        out.flush();
    }

    /** A figure of an arm. */
    private interface Figure {
        double of(ArmResult arm);
    }

    private void row(DemoResult result, String label, Figure figure) {
        out.printf("%-34s", label);
        result.arms().forEach(arm -> out.printf(Locale.ROOT, "%12.1f", figure.of(arm)));
        out.println();
    }
}
