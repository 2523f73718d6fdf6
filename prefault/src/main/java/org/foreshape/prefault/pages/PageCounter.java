package org.foreshape.prefault.pages;

/** What is counted of each restore. Append only. */
public enum PageCounter {
    /** Faults read from the guest. */
    FAULTS,
    /** Faults answered from the memory file, the pages around them not counted. */
    DEMAND_FAULTS,
    /** Pages installed by faults, those around them included. */
    DEMAND_PAGES,
    /** Batches installed ahead of faults. */
    BATCHES,
    /** Pages installed ahead of faults. */
    BATCH_PAGES,
    /** Zero pages installed where the owner had removed pages, or shared pages mapped again. */
    ZERO_PAGES,
    /** Faults on pages that were there by then; their threads were woken. */
    PRESENT,
    /** Calls that the kernel put off while the owner changed its mappings. */
    PUT_OFF,
    /** Removals announced by the owner. */
    REMOVES,
    /** Pages removed. */
    REMOVED_PAGES,
    /** Ranges unmapped by the owner. */
    UNMAPS,
    /** Ranges moved by the owner to another address. */
    REMAPS,
    /** Forks of the owner; a child's memory is not served, and waits. */
    FORKS,
    /** Faults outside of every mapping; their threads were woken. */
    STRAY,
    /** Faults that could not be answered at once and are tried again. */
    DEFERRED,
    /** Calls that failed for a reason of their own; see the report's detail. */
    FAILED_CALLS,
    /** How long installing ahead of faults took, faults in between included, in ns. */
    BATCH_NS
}
