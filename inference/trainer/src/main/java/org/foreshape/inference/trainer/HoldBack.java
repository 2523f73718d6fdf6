package org.foreshape.inference.trainer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Which origins are not trained on, so that the training can stop by them: those of some groups of
 * VMs, or, where there are too few groups, those of the last part of the time. Immutable.
 *
 * @param groups which groups are held back
 * @param fromStep first grid step that is held back of every group; no target that is trained on
 *     reaches it
 * @param description for people
 */
record HoldBack(Predicate<String> groups, long fromStep, String description) {
    /** Groups below which time is cut instead: one or two VMs would decide when to stop. */
    static final int GROUPS_MIN = 10;

    private static final double DRAWN_SHARE = .1;
    private static final double GROUP_SHARE = .15;
    private static final double TIME_SHARE = .2;

    /** Each group of traces is held back or not by a draw of its own: they are not known before. */
    static HoldBack drawn(long seed) {
        return new HoldBack(
                group -> {
                    long name = group.hashCode();
                    return new SplittableRandom(seed ^ (name << 20)).nextDouble() < DRAWN_SHARE;
                },
                Long.MAX_VALUE,
                "a tenth of the groups");
    }

    /** So many of the groups that are there, or the last part of the time. */
    static HoldBack of(Collection<String> all, long firstStep, long endStep, long seed) {
        List<String> groups = new ArrayList<>(new TreeSet<>(all));
        if (groups.size() < GROUPS_MIN) {
            long from = endStep - Math.round((endStep - firstStep) * TIME_SHARE);
            return new HoldBack(
                    group -> false,
                    from,
                    "the last "
                            + (endStep - from)
                            + " steps, since there are only "
                            + groups.size()
                            + " groups of VMs");
        }
        SplittableRandom random = new SplittableRandom(seed);
        int count = (int) Math.round(GROUP_SHARE * groups.size());
        Set<String> held = new TreeSet<>();
        while (held.size() < count) {
            held.add(groups.get(random.nextInt(groups.size())));
        }
        return new HoldBack(
                held::contains,
                Long.MAX_VALUE,
                held.size() + " of " + groups.size() + " groups of VMs");
    }
}
