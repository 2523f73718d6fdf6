package org.foreshape.shaping;

/** What a division of scarce memory shall serve first. */
public enum Objective {
    /** Each step of priority doubles a VM's share of what does not suffice for all. */
    PRIORITIZE_HIGH_PRIORITY,
    /** Shares follow the size of each VM's need, so that most of the memory is put to use. */
    MAXIMIZE_UTILIZATION
}
