package org.foreshape.daemon.simulate;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.daemon.fault.NearNames;
import org.foreshape.inference.ForecastModel;
import org.foreshape.shaping.baseline.Baselines;
import org.foreshape.shaping.simulation.PolicyKind;

/** The policies that can be simulated, by name. */
public final class SimulatedPolicies {
    /** It lives through the same as foreshape, so it is shown only when it is asked for. */
    static final String TUNED = "tuned";

    private SimulatedPolicies() {}

    /** All of them, in the order in which they are shown. */
    public static List<PolicyKind> all() {
        return all(Map.of());
    }

    private static List<PolicyKind> all(Map<String, String> shaping) {
        List<PolicyKind> all = new ArrayList<>(Baselines.all());
        EnginePolicies engine = new EnginePolicies(shaping);
        all.add(engine.reactive());
        all.add(engine.foreshape(ForecastModel.shipped()));
        all.add(engine.tuned(ForecastModel.shipped()));
        return all;
    }

    /**
     * Some of them.
     *
     * @param names which; none: all but {@code tuned}
     * @param shaping keys of the engine's settings with other values than its own
     * @throws Failure when a name is not known, or a key or its value
     */
    public static List<PolicyKind> named(List<String> names, Map<String, String> shaping) {
        List<PolicyKind> all;
        try {
            all = all(shaping);
        } catch (IllegalArgumentException e) {
            throw Failure.usage("--set: " + e.getMessage());
        }
        if (names.isEmpty()) {
            return all.stream().filter(kind -> !kind.name().equals(TUNED)).toList();
        }
        List<String> known = all.stream().map(PolicyKind::name).toList();
        List<PolicyKind> found = new ArrayList<>();
        for (String name : names) {
            int index = known.indexOf(name);
            if (index < 0) {
                throw Failure.usage(
                        "--policies: no policy " + name + "; " + NearNames.hint(name, known));
            }
            if (!found.contains(all.get(index))) {
                found.add(all.get(index));
            }
        }
        return found;
    }
}
