package org.foreshape.ring.event;

import java.util.Arrays;

/**
 * The plan of one event: what each VM shall have, why, and the acts that start now. Written by the
 * shaper only.
 *
 * <p>A plan is the same plan when every field of it is the same, bit for bit; that is what replay
 * compares.
 */
public final class PlanSection {
    /** Most acts on one VM: one that resizes it and one that does not. */
    public static final int ACTS_PER_VM_MAX = 2;

    /** Whether this event has a plan. */
    public boolean made;

    /** What all VMs together may have. */
    public long budgetKib;

    /** Slots from this one on are empty. */
    public int slotCount;

    /** Verdict on each VM. */
    public final Verdict[] verdict;

    /** Why the target is wanted. */
    public final Reason[] reason;

    /** What bounded it. */
    public final Limit[] limit;

    /** What the VM used when the plan was made. */
    public final long[] demandKib;

    /** What was wanted before any bound: demand plus margin, or a task's need. */
    public final long[] wantKib;

    /** What the VM shall have. */
    public final long[] targetKib;

    /** What the VM had when the plan was made. */
    public final long[] allocationKib;

    /** The slot whose need made this VM shrink, or whose idle memory lets it grow; -1 for none. */
    public final int[] partnerSlot;

    /** Number of acts. */
    public int actCount;

    /** Slot of each act. */
    public final int[] actSlot;

    /** Generation of the VM in that slot. */
    public final int[] actGeneration;

    /** What each act does. */
    public final ActKind[] actKind;

    /** What each act sets, in the unit of its kind. */
    public final long[] actAmount;

    /** Engine time after which an act must not start any more. */
    public long deadlineTimeNs;

    PlanSection(int vmCountMax) {
        verdict = new Verdict[vmCountMax];
        reason = new Reason[vmCountMax];
        limit = new Limit[vmCountMax];
        demandKib = new long[vmCountMax];
        wantKib = new long[vmCountMax];
        targetKib = new long[vmCountMax];
        allocationKib = new long[vmCountMax];
        partnerSlot = new int[vmCountMax];
        int actCountMax = vmCountMax * ACTS_PER_VM_MAX;
        actSlot = new int[actCountMax];
        actGeneration = new int[actCountMax];
        actKind = new ActKind[actCountMax];
        actAmount = new long[actCountMax];
        Arrays.fill(actKind, ActKind.RESIZE_MEMORY);
        slotCount = vmCountMax;
        clear();
    }

    /**
     * Adds an act. A plan holds at most one act that resizes a VM and one that does not ({@link
     * ActKind#resizes}).
     */
    public void addAct(int slot, int generation, ActKind kind, long amount) {
        actSlot[actCount] = slot;
        actGeneration[actCount] = generation;
        actKind[actCount] = kind;
        actAmount[actCount] = amount;
        actCount++;
    }

    /** Empties the section. */
    public void clear() {
        Arrays.fill(verdict, 0, slotCount, Verdict.ABSENT);
        Arrays.fill(reason, 0, slotCount, Reason.NONE);
        Arrays.fill(limit, 0, slotCount, Limit.NONE);
        Arrays.fill(demandKib, 0, slotCount, 0);
        Arrays.fill(wantKib, 0, slotCount, 0);
        Arrays.fill(targetKib, 0, slotCount, 0);
        Arrays.fill(allocationKib, 0, slotCount, 0);
        Arrays.fill(partnerSlot, 0, slotCount, -1);
        made = false;
        budgetKib = 0;
        slotCount = 0;
        actCount = 0;
        deadlineTimeNs = 0;
    }

    /** Whether both plans are the same in every field. */
    public boolean contentEquals(PlanSection other) {
        return firstDifference(other) == null;
    }

    /**
     * Names the first field in which the plans differ, with both values, or null when they are the
     * same. Allocates when they differ.
     */
    public @org.jspecify.annotations.Nullable String firstDifference(PlanSection other) {
        if (made != other.made) {
            return "made: " + made + " against " + other.made;
        }
        if (budgetKib != other.budgetKib) {
            return "budgetKib: " + budgetKib + " against " + other.budgetKib;
        }
        if (slotCount != other.slotCount) {
            return "slotCount: " + slotCount + " against " + other.slotCount;
        }
        if (actCount != other.actCount) {
            return "actCount: " + actCount + " against " + other.actCount;
        }
        if (deadlineTimeNs != other.deadlineTimeNs) {
            return "deadlineTimeNs: " + deadlineTimeNs + " against " + other.deadlineTimeNs;
        }
        for (int slot = 0; slot < slotCount; slot++) {
            if (verdict[slot] != other.verdict[slot]
                    || reason[slot] != other.reason[slot]
                    || limit[slot] != other.limit[slot]
                    || demandKib[slot] != other.demandKib[slot]
                    || wantKib[slot] != other.wantKib[slot]
                    || targetKib[slot] != other.targetKib[slot]
                    || allocationKib[slot] != other.allocationKib[slot]
                    || partnerSlot[slot] != other.partnerSlot[slot]) {
                return "slot " + slot + ": " + describe(slot) + " against " + other.describe(slot);
            }
        }
        for (int act = 0; act < actCount; act++) {
            if (actSlot[act] != other.actSlot[act]
                    || actGeneration[act] != other.actGeneration[act]
                    || actKind[act] != other.actKind[act]
                    || actAmount[act] != other.actAmount[act]) {
                return "act "
                        + act
                        + ": "
                        + describeAct(act)
                        + " against "
                        + other.describeAct(act);
            }
        }
        return null;
    }

    private String describe(int slot) {
        return verdict[slot]
                + " to "
                + targetKib[slot]
                + " KiB for "
                + reason[slot]
                + " bound by "
                + limit[slot]
                + ", demand "
                + demandKib[slot]
                + ", want "
                + wantKib[slot]
                + ", has "
                + allocationKib[slot]
                + ", partner "
                + partnerSlot[slot];
    }

    private String describeAct(int act) {
        return actKind[act]
                + " of slot "
                + actSlot[act]
                + "/"
                + actGeneration[act]
                + " to "
                + actAmount[act];
    }
}
