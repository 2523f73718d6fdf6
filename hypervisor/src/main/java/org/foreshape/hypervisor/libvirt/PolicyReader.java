package org.foreshape.hypervisor.libvirt;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.event.VmPolicy;
import org.jspecify.annotations.Nullable;

/**
 * Turns the policy element of a domain's metadata into a policy.
 *
 * <pre>{@code
 * <foreshape:vm xmlns:foreshape="https://foreshape.org/xmlns/vm/1"
 *     mode="observe|recommend|enforce" floor-mib="256" ceiling-mib="1024" priority="0..9"
 *     opt-out="yes|no"/>
 * }</pre>
 *
 * <p>Mode, floor and priority that it leaves out are those of the configuration; a ceiling that it
 * leaves out is whatever the domain can have. {@code opt-out="yes"} is {@code mode="observe"},
 * whatever else it says. A faulty element is never half obeyed: the VM is only observed.
 */
final class PolicyReader {
    private static final long KIB_PER_MIB = 1024;
    private static final long MIB_MAX = Long.MAX_VALUE / KIB_PER_MIB / 1024;

    private PolicyReader() {}

    /**
     * What the metadata says.
     *
     * @param policy null: the metadata says nothing, the configuration decides
     * @param fault what is wrong with it; null: nothing
     */
    record Reading(@Nullable VmPolicy policy, @Nullable String fault) {}

    /**
     * Reads the policy elements of a domain, of which there may be one.
     *
     * @param configured the configuration's policy for this VM
     * @param maximumKib the most the domain can have, 0 or less when it is not known
     */
    static Reading read(List<Map<String, String>> elements, VmPolicy configured, long maximumKib) {
        if (elements.isEmpty()) {
            return new Reading(null, null);
        }
        try {
            if (elements.size() > 1) {
                throw new IllegalArgumentException("there are " + elements.size() + " elements");
            }
            return new Reading(policy(elements.getFirst(), configured, maximumKib), null);
        } catch (IllegalArgumentException e) {
            VmPolicy watched =
                    new VmPolicy(VmMode.OBSERVE, configured.priority(), 0, Long.MAX_VALUE);
            return new Reading(watched, e.getMessage());
        }
    }

    private static VmPolicy policy(
            Map<String, String> attributes, VmPolicy configured, long maximumKib) {
        VmMode mode = configured.mode();
        int priority = configured.priority();
        long floorKib = configured.floorKib();
        long ceilingKib = Long.MAX_VALUE;
        boolean optedOut = false;
        for (Map.Entry<String, String> attribute : attributes.entrySet()) {
            String value = attribute.getValue();
            switch (attribute.getKey()) {
                case "mode" -> mode = mode(value);
                case "priority" ->
                        priority = (int) number("priority", value, VmPolicy.PRIORITY_MAX);
                case "floor-mib" -> floorKib = number("floor-mib", value, MIB_MAX) * KIB_PER_MIB;
                case "ceiling-mib" ->
                        ceilingKib = number("ceiling-mib", value, MIB_MAX) * KIB_PER_MIB;
                case "opt-out" -> optedOut = yes(value);
                default ->
                        throw new IllegalArgumentException(
                                "unknown attribute " + attribute.getKey());
            }
        }
        if (maximumKib > 0) {
            // More than it can have says no more than "all it can have".
            ceilingKib = Math.min(ceilingKib, maximumKib);
            if (!attributes.containsKey("floor-mib")) {
                floorKib = Math.min(floorKib, ceilingKib);
            }
        }
        return new VmPolicy(optedOut ? VmMode.OBSERVE : mode, priority, floorKib, ceilingKib);
    }

    private static VmMode mode(String value) {
        for (VmMode mode : VmMode.values()) {
            if (mode.name().toLowerCase(Locale.ROOT).equals(value)) {
                return mode;
            }
        }
        throw new IllegalArgumentException(
                "mode is '" + value + "', must be observe, recommend or enforce");
    }

    private static boolean yes(String value) {
        return switch (value) {
            case "yes" -> true;
            case "no" -> false;
            default ->
                    throw new IllegalArgumentException(
                            "opt-out is '" + value + "', must be yes or no");
        };
    }

    private static long number(String name, String value, long max) {
        try {
            long number = Long.parseLong(value);
            if (number >= 0 && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below, as for a number out of range.
        }
        throw new IllegalArgumentException(
                name + " is '" + value + "', must be a whole number from 0 to " + max);
    }
}
