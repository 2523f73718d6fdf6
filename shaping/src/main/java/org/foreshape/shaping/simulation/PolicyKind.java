package org.foreshape.shaping.simulation;

import java.util.List;

/**
 * A rule by name, as it is by default and with its own knob turned.
 *
 * @param name unique, lower case
 * @param about what it does, in a few words
 * @param standard makes it with its defaults
 * @param sweep the same rule at several settings of its knob; empty: it has none
 */
public record PolicyKind(String name, String about, Maker standard, List<Variant> sweep) {
    /** Takes a copy of the list. */
    public PolicyKind {
        sweep = List.copyOf(sweep);
    }

    /** A rule without a knob. */
    public PolicyKind(String name, String about, Maker standard) {
        this(name, about, standard, List.of());
    }

    /** Makes a policy for one simulation. */
    @FunctionalInterface
    public interface Maker {
        /**
         * A new policy that has seen nothing.
         *
         * @param truth for bounds alone: what every VM will need
         * @return the policy
         */
        Policy make(Demand truth);
    }

    /**
     * A setting of the knob.
     *
     * @param knob name and value, such as {@code free 512 MiB}
     * @param maker makes the policy
     */
    public record Variant(String knob, Maker maker) {}
}
