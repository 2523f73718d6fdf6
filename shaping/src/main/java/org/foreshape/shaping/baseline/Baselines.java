package org.foreshape.shaping.baseline;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.foreshape.shaping.simulation.PolicyKind;
import org.foreshape.shaping.simulation.PolicyKind.Variant;

/** The peers' rules and the bounds. */
public final class Baselines {
    private static final double[] BALLOOND_FREE_MIB = {
        32, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048
    };

    private Baselines() {}

    /**
     * All of them.
     *
     * @return in the order in which they are shown
     */
    public static List<PolicyKind> all() {
        List<Variant> balloond = new ArrayList<>();
        for (double free : BALLOOND_FREE_MIB) {
            balloond.add(
                    new Variant(
                            String.format(Locale.ROOT, "free %.0f MiB", free),
                            truth -> new Balloond(free)));
        }
        return List.of(
                new PolicyKind(
                        "static",
                        "its ceiling for every VM, or equal shares of the host",
                        truth -> new FixedSize()),
                new PolicyKind(
                        "balloond",
                        "use plus a fixed free amount",
                        truth -> new Balloond(Balloond.FREE_MIB),
                        balloond),
                new PolicyKind(
                        "oracle",
                        "the highest demand of the next 15 minutes",
                        truth -> new Oracle(truth, Oracle.AHEAD_SECONDS)));
    }
}
