package org.foreshape.daemon.demo;

import java.nio.file.Path;
import java.util.Map;
import org.foreshape.daemon.fault.Failure;
import org.jspecify.annotations.Nullable;

/**
 * What a demonstration runs.
 *
 * @param seconds wall time of the run
 * @param vmCount guests of each arm
 * @param speed seconds of engine time in a second of wall time
 * @param seed what every curve follows from
 * @param model the model of Foreshape's arm: shipped or a file
 * @param journal where Foreshape's arm records; null: a temporary directory, removed at the end
 * @param shaping keys of the shaper's settings that both engines have other values of
 */
public record DemoOptions(
        int seconds,
        int vmCount,
        double speed,
        long seed,
        String model,
        @Nullable Path journal,
        Map<String, String> shaping) {
    /** Most guests of an arm. */
    public static final int VM_COUNT_MAX = 256;

    /** Checks the ranges; a {@link Failure} (usage) names all that are wrong. */
    public DemoOptions {
        shaping = Map.copyOf(shaping);
        StringBuilder faults = new StringBuilder();
        if (seconds < 3 || seconds > 86_400) {
            faults.append("--seconds is ").append(seconds).append(", must be 3 to 86400; ");
        }
        if (vmCount < 2 || vmCount > VM_COUNT_MAX) {
            faults.append("--vms is ").append(vmCount).append(", must be 2 to 256; ");
        }
        if (!(speed >= 1 && speed <= 1000)) {
            faults.append("--speed is ").append(speed).append(", must be 1 to 1000; ");
        }
        if (!faults.isEmpty()) {
            throw Failure.usage(faults.substring(0, faults.length() - 2));
        }
    }
}
