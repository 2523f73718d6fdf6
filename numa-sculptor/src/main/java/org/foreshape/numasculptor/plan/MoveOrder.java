package org.foreshape.numasculptor.plan;

import java.util.ArrayList;
import java.util.List;

/**
 * Puts moves in an order in which each fits when its turn comes. VMs that only fit into each
 * other's places stay where they are.
 */
final class MoveOrder {
    private final Model model;
    private final List<Integer> order = new ArrayList<>();
    private int deferredCount;

    MoveOrder(Model model) {
        this.model = model;
    }

    /** Orders a choice; VMs that cannot be ordered are set back to staying, in place. */
    List<Integer> of(int[] choice) {
        order.clear();
        deferredCount = 0;
        long[] free = model.free(new int[model.vmCount]);
        var waiting = new ArrayList<Integer>();
        for (int vm = 0; vm < choice.length; vm++) {
            if (choice[vm] != Model.STAY) {
                waiting.add(vm);
            }
        }
        boolean moved = true;
        while (moved && !waiting.isEmpty()) {
            moved = false;
            for (int i = waiting.size() - 1; i >= 0; i--) {
                int vm = waiting.get(i);
                if (model.fits(free, vm, Model.STAY, choice[vm])) {
                    model.change(free, vm, Model.STAY, choice[vm]);
                    order.add(vm);
                    waiting.remove(/* index */ i);
                    moved = true;
                }
            }
        }
        for (int vm : waiting) {
            choice[vm] = Model.STAY;
        }
        deferredCount = waiting.size();
        return List.copyOf(order);
    }

    /** How many VMs the last call set back. */
    int deferredCount() {
        return deferredCount;
    }
}
