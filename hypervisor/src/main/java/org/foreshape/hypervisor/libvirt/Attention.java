package org.foreshape.hypervisor.libvirt;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Divides the budget of libvirt rounds among the VMs: those whose memory would be exhausted soonest
 * are sampled ten times a second, all others once. Pure; one thread at a time.
 *
 * <p>When more VMs are urgent than the budget can serve at the full rate, the urgent ones share it
 * evenly, since each of them may be the next to starve.
 */
final class Attention {
    /** Least time between two rounds of one VM. */
    static final long INTERVAL_NS_MIN = 100_000_000;

    /** Time between two rounds of a VM without attention. */
    static final long INTERVAL_NS_MAX = 1_000_000_000;

    /**
     * How fast a guest that moves may fall at worst: a memory test of one thread in a guest of
     * today fills about this much.
     */
    private static final double MOVING_KIB_PER_S = 400 * 1024.0;

    /** What is assumed of a guest that has not moved lately. */
    private static final double CALM_KIB_PER_S = 100 * 1024.0;

    /** A fall below this is noise of an idle guest. */
    private static final double NOISE_KIB_PER_S = 4 * 1024.0;

    private static final double URGENT_S = 2;
    private static final double NS_PER_S = 1e9;

    private final double roundsPerSecondMax;
    private final List<Ranked> ranked = new ArrayList<>();

    /** A VM as it is seen here. */
    interface Candidate {
        /** Seconds to exhaustion by {@link Attention#exhaustionS}; 0: somebody asked for it. */
        double exhaustionS();

        /** Takes the decision: time between two rounds. */
        void setIntervalNs(long intervalNs);
    }

    private record Ranked(Candidate candidate, double exhaustionS) {}

    /**
     * An empty ranking.
     *
     * @param roundsPerSecondMax rounds that all VMs with attention may use together
     */
    Attention(double roundsPerSecondMax) {
        this.roundsPerSecondMax = roundsPerSecondMax;
    }

    /** Seconds until a guest has used up what it can use, if it falls as fast as may be feared. */
    static double exhaustionS(long usableKib, double fallKibPerS) {
        if (usableKib < 0) {
            return Double.MAX_VALUE;
        }
        double fearedKibPerS =
                fallKibPerS > NOISE_KIB_PER_S
                        ? Math.max(fallKibPerS, MOVING_KIB_PER_S)
                        : CALM_KIB_PER_S;
        return usableKib / fearedKibPerS;
    }

    /** Decides anew for all VMs. */
    void divide(List<? extends Candidate> candidates) {
        ranked.clear();
        int urgentCount = 0;
        for (Candidate candidate : candidates) {
            double exhaustionS = candidate.exhaustionS();
            ranked.add(new Ranked(candidate, exhaustionS));
            if (exhaustionS < URGENT_S) {
                urgentCount++;
            }
        }
        ranked.sort(Comparator.comparingDouble(Ranked::exhaustionS));
        int servedCount = (int) (roundsPerSecondMax * INTERVAL_NS_MIN / NS_PER_S);
        long intervalNs = INTERVAL_NS_MIN;
        if (urgentCount > servedCount) {
            servedCount = urgentCount;
            intervalNs =
                    (long) Math.min(INTERVAL_NS_MAX, urgentCount / roundsPerSecondMax * NS_PER_S);
        }
        for (int i = 0; i < ranked.size(); i++) {
            ranked.get(i).candidate().setIntervalNs(i < servedCount ? intervalNs : INTERVAL_NS_MAX);
        }
        ranked.clear();
    }
}
