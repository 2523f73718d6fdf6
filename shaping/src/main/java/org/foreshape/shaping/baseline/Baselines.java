package org.foreshape.shaping.baseline;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;
import org.foreshape.shaping.simulation.Policy;
import org.foreshape.shaping.simulation.PolicyKind;
import org.foreshape.shaping.simulation.PolicyKind.Variant;

/** The peers' rules with their defaults and their own knobs, and the bounds. */
public final class Baselines {
    private static final double[] MOM_PRESSURE = {
        .1, .3, .4, .5, .6, .7, .8, .85, .9, .925, .94, .95, .96
    };
    private static final double[] PROXMOX_TARGET = {
        .9, .7, .6, .5, .4, .3, .2, .15, .12, .1, .09, .08, .07
    };
    private static final double[] BALLOOND_FREE_MIB = {
        32, 64, 96, 128, 192, 320, 384, 512, 640, 768, 1024, 1536, 2048, 4096
    };
    private static final double[] PI_FREE = {.1, .2, .3, .4, .5, .6, .7, .8};
    private static final double[] PI_HYSTERESIS_MIB = {8, 32, 128};
    private static final double[] VPA_PERCENTILE = {.8, .9, .95, .98, .99, 1};
    private static final double[] VPA_MARGIN = {0, .15, .5, 1, 2};

    private static final String ORACLE = "oracle";

    private Baselines() {}

    /**
     * All of them.
     *
     * @return in the order in which they are shown
     */
    public static List<PolicyKind> all() {
        return List.of(
                new PolicyKind(
                        "static",
                        "its ceiling for every VM, or equal shares of the host",
                        truth -> new FixedSize()),
                new PolicyKind(
                        "mom",
                        "oVirt's MOM: all shrink or all grow, by the host's free share",
                        truth -> new Mom(Mom.PRESSURE_SHARE),
                        sweep("pressure below %.3f free", MOM_PRESSURE, Mom::new)),
                new PolicyKind(
                        "proxmox",
                        "Proxmox VE: the host's use to a target, in steps of 100 MiB",
                        truth -> new Proxmox(Proxmox.TARGET_SHARE),
                        sweep("target %.2f of the host", PROXMOX_TARGET, Proxmox::new)),
                new PolicyKind(
                        "balloond",
                        "use plus a fixed free amount",
                        truth -> new Balloond(Balloond.FREE_MIB),
                        sweep("free %.0f MiB", BALLOOND_FREE_MIB, Balloond::new)),
                new PolicyKind(
                        "pi",
                        "a PI law on each VM's free share",
                        truth -> new Pi(Pi.FREE_SHARE, Pi.HYSTERESIS_MIB),
                        grid(
                                "free %.1f, hysteresis %.0f MiB",
                                PI_FREE, PI_HYSTERESIS_MIB, Pi::new)),
                new PolicyKind(
                        "vpa",
                        "Kubernetes VPA: a percentile of the fading past and a margin",
                        truth -> new Vpa(Vpa.PERCENTILE, Vpa.MARGIN),
                        grid("percentile %.2f, margin %.2f", VPA_PERCENTILE, VPA_MARGIN, Vpa::new)),
                new PolicyKind(
                        ORACLE,
                        "the highest demand of the next 15 minutes",
                        truth -> new Oracle(truth, Oracle.AHEAD_SECONDS)));
    }

    /**
     * Those of them that could run in somebody's data centre.
     *
     * @return names
     */
    public static List<String> peers() {
        return all().stream().map(PolicyKind::name).filter(name -> !name.equals(ORACLE)).toList();
    }

    private static List<Variant> sweep(String label, double[] values, DoubleFunction<Policy> make) {
        List<Variant> variants = new ArrayList<>();
        for (double value : values) {
            variants.add(
                    new Variant(
                            String.format(Locale.ROOT, label, value), truth -> make.apply(value)));
        }
        return variants;
    }

    /** Makes a policy of two knobs. */
    private interface Of2 {
        Policy make(double a, double b);
    }

    private static List<Variant> grid(String label, double[] as, double[] bs, Of2 make) {
        List<Variant> variants = new ArrayList<>();
        for (double a : as) {
            for (double b : bs) {
                variants.add(
                        new Variant(
                                String.format(Locale.ROOT, label, a, b), truth -> make.make(a, b)));
            }
        }
        return variants;
    }
}
