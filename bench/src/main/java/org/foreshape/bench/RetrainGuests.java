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

    /** How demand is drawn. */
    enum Law {
        /** Every bundled kind, periods of 5 to 40 min, as many in each octave. */
        USUAL(5, 8),
        /** The same kinds with periods of 1.5 to 3 min. */
        FASTER(1.5, 2),
        /** Leaks backwards, of 5 to 20 min: all at once, then less and less. */
        FALLING(5, 4);

        private final double periodMinMinutes;
        private final double periodSpan;

        Law(double periodMinMinutes, double periodSpan) {
            this.periodMinMinutes = periodMinMinutes;
            this.periodSpan = periodSpan;
        }

        private long periodNs(SplittableRandom random) {
            return (long)
                    (TimeUnit.MINUTES.toNanos(1)
                            * periodMinMinutes
                            * Math.pow(periodSpan, random.nextDouble()));
        }
    }

    static List<GuestSpec> create(int count, long seed) {
        return guests(seed, draw(count, seed, Law.USUAL));
    }

    /** Guests whose usual law becomes another one at a moment of the curves' time. */
    static List<GuestSpec> changing(int count, long seed, Law after, long changeNs) {
        List<DemandCurve> first = draw(count, seed, Law.USUAL);
        List<DemandCurve> second = draw(count, seed + 1_000_000, after);
        List<DemandCurve> curves = new ArrayList<>();
        for (int k = 0; k < count; k++) {
            curves.add(new ChangingCurve(first.get(k), second.get(k), changeNs));
        }
        return guests(seed, curves);
    }

    private static List<GuestSpec> guests(long seed, List<DemandCurve> curves) {
        List<GuestSpec> guests = new ArrayList<>();
        for (DemandCurve curve : curves) {
            guests.add(
                    new GuestSpec(
                            curve.kind() + "-" + guests.size(),
                            new UUID(seed, guests.size()),
                            curve,
                            CEILING_KIB,
                            CEILING_KIB,
                            VCPU_COUNT,
                            null));
        }
        return guests;
    }

    private static List<DemandCurve> draw(int count, long seed, Law law) {
        SplittableRandom random = new SplittableRandom(seed);
        List<DemandCurve> drawn = new ArrayList<>();
        while (drawn.size() < count) {
            int kind = drawn.size() % KINDS;
            drawn.addAll(law == Law.FALLING ? List.of(falling(random)) : curves(kind, law, random));
        }
        return drawn.subList(0, count);
    }

    private static DemandCurve falling(SplittableRandom random) {
        long low = random.nextLong(128, 512) * MIB;
        long high = low + random.nextLong(256, 1280) * MIB;
        long periodNs = Law.FALLING.periodNs(random);
        DemandCurve ramp = Curves.ramp(low, high, periodNs, random.nextLong());
        return new MirroredCurve(ramp, low + high);
    }

    private static List<DemandCurve> curves(int kind, Law law, SplittableRandom random) {
        long low = random.nextLong(128, 512) * MIB;
        long high = low + random.nextLong(256, 1280) * MIB;
        long periodNs = law.periodNs(random);
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

    /** Demand turned upside down. */
    private record MirroredCurve(DemandCurve curve, long sumKib) implements DemandCurve {
        @Override
        public String kind() {
            return "mirrored " + curve.kind();
        }

        @Override
        public long memoryKib(long elapsedNs) {
            return Math.max(0, sumKib - curve.memoryKib(elapsedNs));
        }

        @Override
        public long cpuMillicores(long elapsedNs) {
            return curve.cpuMillicores(elapsedNs);
        }
    }
}
