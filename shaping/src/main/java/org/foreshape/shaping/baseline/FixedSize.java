package org.foreshape.shaping.baseline;

import java.util.Arrays;
import org.foreshape.shaping.simulation.Look;
import org.foreshape.shaping.simulation.Policy;

/**
 * No ballooning: every VM has its ceiling; where the host has a limit, equal shares of it bounded
 * by the ceilings (water-filling).
 */
final class FixedSize implements Policy {
    private double[] ceilings = new double[0];
    private int looksPending;

    @Override
    public void begin(Look look) {
        ceilings = new double[look.vmCount()];
    }

    @Override
    public void appeared(Look look, int vm) {
        looksPending = 2; // It can be acted on at the next look.
    }

    @Override
    public void departed(Look look, int vm) {
        looksPending = Math.max(looksPending, 1);
    }

    @Override
    public void decide(Look look, double[] targetMib) {
        if (looksPending == 0) {
            return;
        }
        looksPending--;
        int count = 0;
        for (int vm = 0; vm < look.vmCount(); vm++) {
            if (look.present(vm)) {
                ceilings[count++] = look.ceilingMib(vm);
            }
        }
        double level = look.limited() ? level(count, look.hostMib()) : Double.POSITIVE_INFINITY;
        for (int vm = 0; vm < look.vmCount(); vm++) {
            targetMib[vm] = Math.min(look.ceilingMib(vm), level);
        }
    }

    /** The level up to which a host of this size fills all. */
    private double level(int count, double hostMib) {
        Arrays.sort(ceilings, 0, count);
        double left = hostMib;
        for (int k = 0; k < count; k++) {
            double share = left / (count - k);
            if (ceilings[k] >= share) {
                return share;
            }
            left -= ceilings[k];
        }
        return Double.POSITIVE_INFINITY;
    }
}
