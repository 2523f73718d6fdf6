package org.foreshape.prefault;

/** A plan with what it applies to. */
final class PlannedAct {
    private final PrefaultPlan plan;
    private final PageRanges wanted;
    private final long[] blocks;
    private final PrefaultPath fallback;

    /**
     * Stores all of it.
     *
     * @param plan the plan
     * @param wanted pages that are to become resident, for the paths that work page by page
     * @param blocks addresses of the blocks of 2 MiB, or huge pages of a pool, for the others; not
     *     copied
     * @param fallback the path for blocks that COLLAPSE refuses because they have no page table;
     *     NONE or UNAVAILABLE: they stay as they are
     */
    PlannedAct(PrefaultPlan plan, PageRanges wanted, long[] blocks, PrefaultPath fallback) {
        this.plan = plan;
        this.wanted = wanted;
        this.blocks = blocks;
        this.fallback = fallback;
    }

    PrefaultPlan plan() {
        return plan;
    }

    PageRanges wanted() {
        return wanted;
    }

    long[] blocks() {
        return blocks;
    }

    PrefaultPath fallback() {
        return fallback;
    }
}
