package org.foreshape.hypervisor.embedded;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.foreshape.ring.event.VmPolicy;
import org.jspecify.annotations.Nullable;

/** Ready-made sets of guests for demos and benches. The same arguments give the same guests. */
public final class EmbeddedFleet {
    private static final long SECOND_NS = 1_000_000_000;
    private static final int VCPU_COUNT = 2;
    private static final double ANNOUNCED_SHARE = 0.75;

    private EmbeddedFleet() {}

    /**
     * A mixed host: of each eight guests two run batch jobs, two swap, and one each has waves,
     * steps, a ramp and a steady load. Cycles last 8 to 20 minutes of engine time, the wave's "day"
     * an hour, so that an hour shows each several times. At their highest, batch and swap guests
     * need about three quarters of their ceiling, all guests together seldom more than half.
     *
     * @param ceilingKib of each guest
     * @param initialKib of each guest
     * @param policy what each guest carries; null: the settings decide
     */
    public static List<GuestSpec> mixed(
            int guestCount,
            long ceilingKib,
            long initialKib,
            long seed,
            @Nullable VmPolicy policy) {
        List<GuestSpec> guests = new ArrayList<>();
        List<DemandCurve> swaps = List.of();
        for (int i = 0; i < guestCount; i++) {
            long guestSeed = Noise.mix(seed, i);
            if (i % 8 == 1) {
                swaps =
                        Curves.swapPair(
                                share(ceilingKib, 0.15),
                                share(ceilingKib, 0.70),
                                480 * SECOND_NS,
                                guestSeed);
            }
            DemandCurve curve = curve(i % 8, ceilingKib, guestSeed, swaps);
            String name = "guest-%02d-%s".formatted(i, curve.kind());
            guests.add(guest(name, curve, ceilingKib, initialKib, seed, policy));
        }
        return guests;
    }

    /**
     * One guest for each recorded VM.
     *
     * @param series of a {@link TraceFile}
     */
    public static List<GuestSpec> recorded(
            List<TraceFile.Series> series,
            long ceilingKib,
            long initialKib,
            @Nullable VmPolicy policy) {
        // The guest's own overhead comes on top of the record and shall still fit below the
        // ceiling.
        long sizeKib = ceilingKib - EmbeddedGuest.overheadKib(ceilingKib);
        List<GuestSpec> guests = new ArrayList<>();
        for (TraceFile.Series one : series) {
            DemandCurve curve = Curves.trace(one, sizeKib, VCPU_COUNT);
            guests.add(guest("guest-" + one.vm(), curve, ceilingKib, initialKib, 0, policy));
        }
        return guests;
    }

    private static DemandCurve curve(
            int place, long ceilingKib, long seed, List<DemandCurve> swaps) {
        return switch (place) {
            case 1 -> swaps.get(0);
            case 2 -> swaps.get(1);
            case 3 ->
                    Curves.dailyWave(
                            share(ceilingKib, 0.15),
                            share(ceilingKib, 0.60),
                            3600 * SECOND_NS,
                            seed);
            case 5 ->
                    Curves.step(
                            share(ceilingKib, 0.20),
                            share(ceilingKib, 0.60),
                            600 * SECOND_NS,
                            seed);
            case 6 ->
                    Curves.ramp(
                            share(ceilingKib, 0.15),
                            share(ceilingKib, 0.65),
                            1200 * SECOND_NS,
                            seed);
            case 7 -> Curves.steady(share(ceilingKib, 0.30), seed);
            default ->
                    Curves.batch(
                            share(ceilingKib, 0.12),
                            share(ceilingKib, 0.60),
                            600 * SECOND_NS,
                            150 * SECOND_NS,
                            ANNOUNCED_SHARE,
                            seed);
        };
    }

    private static GuestSpec guest(
            String name,
            DemandCurve curve,
            long ceilingKib,
            long initialKib,
            long seed,
            @Nullable VmPolicy policy) {
        UUID uuid = UUID.nameUUIDFromBytes((seed + "/" + name).getBytes(StandardCharsets.UTF_8));
        return new GuestSpec(name, uuid, curve, ceilingKib, initialKib, VCPU_COUNT, policy);
    }

    private static long share(long ceilingKib, double share) {
        return (long) (ceilingKib * share);
    }
}
