package org.foreshape.daemon.demo;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.foreshape.hypervisor.embedded.Curves;
import org.foreshape.hypervisor.embedded.DemandCurve;
import org.foreshape.hypervisor.embedded.GuestSpec;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.event.VmPolicy;

/**
 * The guests of the demonstration: 2 GiB each, with demand of every kind that a host sees. Together
 * they never need what all of them may have; each of them at some time needs more than an equal
 * share of the budget.
 */
public final class DemoGuests {
    private static final long MIB = 1024;
    private static final long CEILING_KIB = 2048 * MIB;
    private static final long FLOOR_KIB = 256 * MIB;
    private static final int BUDGET_PERCENT = 60;
    private static final int VCPU_COUNT = 2;

    private DemoGuests() {}

    /** The guests, each with what an equal share of the budget is. */
    public static List<GuestSpec> create(int count, long seed) {
        List<GuestSpec> guests = new ArrayList<>();
        while (guests.size() < count) {
            add(guests, count, seed + guests.size());
        }
        return guests;
    }

    private static void add(List<GuestSpec> guests, int count, long seed) {
        int number = guests.size();
        switch (number / 4 % 2 == 0 || number % 4 != 1 ? number % 4 : 4) {
            case 0 ->
                    guests.add(
                            guest(
                                    "batch",
                                    number,
                                    6,
                                    Curves.batch(
                                            256 * MIB,
                                            1200 * MIB,
                                            seconds(1200),
                                            seconds(420),
                                            1.0,
                                            seed)));
            case 1 ->
                    guests.add(
                            guest(
                                    "office",
                                    number,
                                    5,
                                    Curves.dailyWave(256 * MIB, 1000 * MIB, seconds(3600), seed)));
            case 4 ->
                    guests.add(
                            guest(
                                    "steps",
                                    number,
                                    4,
                                    Curves.step(256 * MIB, 1100 * MIB, seconds(900), seed)));
            default -> {
                List<DemandCurve> pair =
                        Curves.scheduledSwapPair(256 * MIB, 1400 * MIB, seconds(1500), seed);
                guests.add(guest("night", number, 5, pair.getFirst()));
                if (guests.size() < count) {
                    guests.add(guest("day", number + 1, 5, pair.getLast()));
                }
            }
        }
    }

    private static GuestSpec guest(String kind, int number, int priority, DemandCurve curve) {
        String name = kind + "-" + number;
        return new GuestSpec(
                name,
                UUID.nameUUIDFromBytes(("demo " + name).getBytes(StandardCharsets.UTF_8)),
                curve,
                CEILING_KIB,
                CEILING_KIB * BUDGET_PERCENT / 100,
                VCPU_COUNT,
                new VmPolicy(VmMode.ENFORCE, priority, FLOOR_KIB, CEILING_KIB));
    }

    private static long seconds(long seconds) {
        return TimeUnit.SECONDS.toNanos(seconds);
    }

    /** What all guests could have at most. */
    public static long ceilingsKib(List<GuestSpec> guests) {
        return guests.stream().mapToLong(GuestSpec::ceilingKib).sum();
    }

    /** What all guests together may have. */
    public static long budgetKib(List<GuestSpec> guests) {
        return ceilingsKib(guests) * BUDGET_PERCENT / 100;
    }

    /** Reported KiB for each real one: some hundred MiB of real memory for any number of guests. */
    public static int scale(int count) {
        return Math.max(64, 16 * count);
    }
}
