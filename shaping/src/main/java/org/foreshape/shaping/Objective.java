package org.foreshape.shaping;

/** What a division of scarce memory shall serve first. */
public enum Objective {
    /** Each step of priority doubles a VM's share of what does not suffice for all. */
    PRIORITIZE_HIGH_PRIORITY,
    /** Shares follow the size of each VM's need, so that most of the memory is put to use. */
    MAXIMIZE_UTILIZATION,
    /**
     * The smallest needs first, so that most VMs are served whole: what is missing is missing in
     * few places, and few balloons have to move, each of which tears huge pages apart.
     */
    MINIMIZE_FRAGMENTATION,
    /** Shares by all three, in the proportion of their weights. */
    BLEND
}
