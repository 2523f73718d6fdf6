package org.foreshape.numasculptor.plan;

import java.util.List;

/**
 * Which VMs shall move, in an order in which each fits when its turn comes.
 *
 * @param moves in order; VMs that stay are not named
 * @param nodesBefore over all VMs: on how many nodes each lies now, added up
 * @param nodesAfter the same when all moves are done
 * @param movedBytes of all moves
 * @param provenOptimal whether no plan has fewer nodes, or as many and moves less (in whole MiB)
 * @param deferredCount VMs that should move as well, but only fit one after the other in a circle
 * @param elapsedNs how long the planner took
 */
public record ConsolidationPlan(
        List<VmMove> moves,
        long nodesBefore,
        long nodesAfter,
        long movedBytes,
        boolean provenOptimal,
        int deferredCount,
        long elapsedNs) {

    /** Copies the list. */
    public ConsolidationPlan {
        moves = List.copyOf(moves);
    }

    /**
     * Whether this plan is at least as good as another one for the same VMs.
     *
     * @param other the other one
     * @return true with fewer nodes, or as many and no more bytes moved
     */
    public boolean isAsGoodAs(ConsolidationPlan other) {
        return nodesAfter < other.nodesAfter
                || (nodesAfter == other.nodesAfter && movedBytes <= other.movedBytes);
    }
}
