package org.foreshape.shaping.simulation;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Small recordings for tests: samples every 300 s, from sample 0 on. */
public final class Worlds {
    /** Samples of the six hours before scoring. */
    public static final int SETTLING = 72;

    private Worlds() {}

    /** VMs named v0, v1... with these uses and one ceiling each. */
    public static Demand demand(double[] ceilingMib, float[][] usedMib, AnnouncedTask... tasks) {
        return demand(1, ceilingMib, usedMib, tasks);
    }

    static Demand demand(
            long seed, double[] ceilingMib, float[][] usedMib, AnnouncedTask... tasks) {
        int samples = usedMib[0].length;
        DemandTrace.Builder builder = new DemandTrace.Builder(300, 0, samples);
        for (int vm = 0; vm < usedMib.length; vm++) {
            float[] capacity = new float[samples];
            Arrays.fill(capacity, (float) ceilingMib[vm]);
            float[] cores = new float[samples];
            Arrays.fill(cores, 2);
            builder.add("v" + vm, 0, usedMib[vm].clone(), capacity, new float[samples], cores);
        }
        return new Demand(
                builder.build(), new Span(300, 0, 0, SETTLING, samples), seed, List.of(tasks));
    }

    /** The same use in all samples. */
    public static float[] steady(int samples, double mib) {
        float[] used = new float[samples];
        Arrays.fill(used, (float) mib);
        return used;
    }

    /** One use up to a sample, then another. */
    public static float[] step(int samples, double before, int at, double after) {
        float[] used = steady(samples, before);
        Arrays.fill(used, at, samples, (float) after);
        return used;
    }

    /** VMs of random size that jump, and that now and then are not there. */
    static Demand random(SplittableRandom random, int vms, int samples) {
        double[] ceiling = new double[vms];
        float[][] used = new float[vms][samples];
        for (int vm = 0; vm < vms; vm++) {
            ceiling[vm] = (float) (100 + random.nextDouble() * 20_000);
            boolean there = random.nextBoolean();
            for (int k = 0; k < samples; k++) {
                there ^= random.nextInt(20) == 0;
                used[vm][k] = there ? (float) (random.nextDouble() * 1.2 * ceiling[vm]) : Float.NaN;
            }
            used[vm][SETTLING] = 1; // Everyone is there at least once.
        }
        return demand(random.nextLong(), ceiling, used);
    }
}
