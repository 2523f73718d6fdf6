package org.foreshape.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.foreshape.hypervisor.embedded.Curves;
import org.foreshape.hypervisor.embedded.DemandCurve;
import org.foreshape.hypervisor.embedded.GuestSpec;

/**
 * Embedded guests with demand of every bundled kind, levels and periods drawn from a seed. They
 * have all that they may have, so that what they use is what they want.
 */
final class RetrainGuests {
    private static final long MIB = 1024;
    private static final long CEILING_KIB = 2048 * MIB;
    private static final int VCPU_COUNT = 2;
    private static final int KINDS = 6;

    private RetrainGuests() {}

    static List<GuestSpec> create(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<GuestSpec> guests = new ArrayList<>();
        while (guests.size() < count) {
            for (DemandCurve curve : curves(guests.size() % KINDS, random)) {
                if (guests.size() < count) {
                    String name = curve.kind() + "-" + guests.size();
                    guests.add(
                            new GuestSpec(
                                    name,
                                    new UUID(seed, guests.size()),
                                    curve,
                                    CEILING_KIB,
                                    CEILING_KIB,
                                    VCPU_COUNT,
                                    null));
                }
            }
        }
        return guests;
    }

    private static List<DemandCurve> curves(int kind, SplittableRandom random) {
        long low = random.nextLong(128, 512) * MIB;
        long high = low + random.nextLong(256, 1280) * MIB;
        long periodNs = periodNs(random);
        long seed = random.nextLong();
        return switch (kind) {
            case 0 -> List.of(Curves.steady(low, seed));
            case 1 -> List.of(Curves.dailyWave(low, high, periodNs, seed));
            case 2 -> List.of(Curves.batch(low, high - low, periodNs, periodNs / 3, 1, seed));
            case 3 -> List.of(Curves.ramp(low, high, periodNs, seed));
            case 4 -> List.of(Curves.step(low, high, periodNs, seed));
            default -> Curves.swapPair(low, high, periodNs, seed);
        };
    }

    /** 5 to 40 min, as many in each octave. */
    private static long periodNs(SplittableRandom random) {
        return (long) (TimeUnit.MINUTES.toNanos(5) * Math.pow(8, random.nextDouble()));
    }
}
