package org.foreshape.daemon.simulate;

import java.util.ArrayList;
import java.util.List;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.daemon.fault.NearNames;
import org.foreshape.inference.ForecastModel;
import org.foreshape.shaping.baseline.Baselines;
import org.foreshape.shaping.simulation.PolicyKind;

/** The policies that can be simulated, by name. */
public final class SimulatedPolicies {
    private SimulatedPolicies() {}

    /** All of them, in the order in which they are shown. */
    public static List<PolicyKind> all() {
        List<PolicyKind> all = new ArrayList<>(Baselines.all());
        all.add(EnginePolicies.reactive());
        all.add(EnginePolicies.foreshape(ForecastModel.shipped()));
        return all;
    }

    /**
     * Some of them.
     *
     * @param names which; none: all
     * @throws Failure when a name is not known
     */
    public static List<PolicyKind> named(List<String> names) {
        List<PolicyKind> all = all();
        if (names.isEmpty()) {
            return all;
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
