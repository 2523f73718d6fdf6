package org.foreshape.shaping;

import org.foreshape.ring.event.PlanSection;

/**
 * How much less than the operator's price a short minute is worth while what forecasts want does
 * not fit: 2 to the power of an exponent that is kept from plan to plan. Engine thread only.
 */
final class Discount {
    private static final int EXPONENT_MAX = 10;

    /** After so many plans with the same discount a lesser one is tried. */
    private static final int PLANS_MAX = 16;

    private final VmTable vms;
    private final Wants wants;
    private final Shares shares;
    private int exponent = 1;
    private int planCount;
    private int keptExponent;
    private int keptPlanCount;

    Discount(VmTable vms, Wants wants, Shares shares) {
        this.vms = vms;
        this.wants = wants;
        this.shares = shares;
    }

    /** Keeps what is carried from plan to plan. */
    void keep() {
        keptExponent = exponent;
        keptPlanCount = planCount;
    }

    /** Goes back to what was kept. */
    void giveBack() {
        exponent = keptExponent;
        planCount = keptPlanCount;
    }

    /**
     * Finds a discount at which all fits, and leaves what every VM needs then. It begins with the
     * last plan's, since from plan to plan it seldom changes. A lesser one is tried when it is sure
     * to fit, if what is wanted falls ever slower with the discount, as it mostly does; and now and
     * then anyway.
     *
     * @param undiscountedKib the sum of needs without a discount, more than {@code rest}
     * @return the sum of needs; more than {@code rest} when no discount is enough
     */
    long needs(PlanSection plan, long rest, long undiscountedKib) {
        int before = exponent;
        long total = needs(plan, exponent);
        boolean lower = ++planCount >= PLANS_MAX;
        while (total <= rest && exponent > 1) {
            long stepKib = (undiscountedKib - total) / exponent;
            if (!lower && total + stepKib > rest) {
                break;
            }
            exponent--;
            total = needs(plan, exponent);
        }
        while (total > rest && exponent < EXPONENT_MAX) {
            exponent++;
            total = needs(plan, exponent);
        }
        if (lower || exponent != before) {
            planCount = 0;
        }
        return total;
    }

    /**
     * Works out what every VM needs when a short minute is worth 2 to the power of so much less.
     */
    private long needs(PlanSection plan, int atExponent) {
        double discount = 1 << atExponent;
        long total = 0;
        for (int slot = 0; slot < vms.slotCount; slot++) {
            shares.needKib[slot] =
                    shares.mostKib[slot] > 0
                            ? shares.need(plan, slot, wants.wantKib(slot, discount))
                            : 0;
            total += shares.needKib[slot];
        }
        return total;
    }
}
