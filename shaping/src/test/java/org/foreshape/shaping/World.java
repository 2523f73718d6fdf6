package org.foreshape.shaping;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.VmMode;

/**
 * A small host with guests whose balloons move as real ones do: 500 MiB/s up, 130 MiB/s down, an
 * act takes 100 ms to be accepted, and a guest's statistics are those of the sample before.
 */
final class World {
    static final long STEP_NS = 10_000_000L;
    static final long ACT_NS = 100_000_000L;
    static final double GROW_KIB_PER_S = 500 * 1024;
    static final double TAKE_KIB_PER_S = 130 * 1024;

    /** A guest. */
    static final class Guest {
        final int slot;
        final long maximumKib;
        double allocationKib;
        double balloonKib;
        double usedKib;
        double usedGoalKib;
        double fillKibPerS = 400 * 1024;
        double reportedUsableKib;
        long reportedTimeNs;
        boolean silent;
        boolean stubborn;
        double starvedSeconds;
        double shortSeconds;
        int actCount;

        Guest(int slot, long allocationKib, long maximumKib, long usedKib) {
            this.slot = slot;
            this.maximumKib = maximumKib;
            this.allocationKib = allocationKib;
            this.balloonKib = allocationKib;
            this.usedKib = usedKib;
            this.usedGoalKib = usedKib;
            this.reportedUsableKib = allocationKib - usedKib;
        }
    }

    private record Act(long dueNs, long planSequence, int slot, long amount) {}

    final Feed feed;
    final List<Guest> guests = new ArrayList<>();
    private final ArrayDeque<Act> acts = new ArrayDeque<>();
    final double budgetKib;
    long nowNs = Feed.START_NS;
    double allocatedKibMax;

    World(ShapingSettings settings, long budgetMib) {
        feed = new Feed(settings, 8);
        budgetKib = (double) (budgetMib * Feed.MIB);
        feed.budget(budgetMib * Feed.MIB, nowNs);
    }

    Guest guest(VmMode mode, int priority, long allocationMib, long maximumMib, long usedMib) {
        Guest guest =
                new Guest(
                        guests.size(),
                        allocationMib * Feed.MIB,
                        maximumMib * Feed.MIB,
                        usedMib * Feed.MIB);
        guests.add(guest);
        feed.arrive(
                guest.slot,
                1,
                mode,
                priority,
                128 * Feed.MIB,
                Long.MAX_VALUE,
                allocationMib * Feed.MIB,
                nowNs);
        return guest;
    }

    /** Lets time pass with a sample every {@code sampleNs}; plans go to the watcher. */
    void run(double seconds, long sampleNs, Watcher watcher) {
        long endNs = nowNs + (long) (seconds * 1e9);
        while (nowNs < endNs) {
            nowNs += STEP_NS;
            move();
            deliver();
            if (nowNs % sampleNs == 0) {
                sample();
                take(feed.plan());
                watcher.planned(nowNs, feed.plan());
            }
        }
    }

    void control(ControlKind kind) {
        feed.control(kind, nowNs);
        if (feed.plan().made) {
            take(feed.plan());
        }
    }

    /** Sees plans. */
    interface Watcher {
        void planned(long nowNs, PlanSection plan);
    }

    private void move() {
        double seconds = STEP_NS * 1e-9;
        double allocated = 0;
        for (Guest guest : guests) {
            double way = guest.balloonKib - guest.allocationKib;
            if (way > 0) {
                guest.allocationKib += Math.min(way, GROW_KIB_PER_S * seconds);
            } else if (way < 0 && !guest.stubborn) {
                double giveable = Math.max(0, guest.allocationKib - guest.usedKib - 4096);
                guest.allocationKib -= Math.min(Math.min(-way, giveable), TAKE_KIB_PER_S * seconds);
            }
            double rise = guest.usedGoalKib - guest.usedKib;
            double step = guest.fillKibPerS * seconds;
            double wanted = guest.usedKib + Math.clamp(rise, -step, step);
            double possible = guest.allocationKib - 2048;
            if (wanted > possible && rise > 0) {
                guest.shortSeconds += seconds;
            }
            guest.usedKib = rise > 0 ? Math.max(guest.usedKib, Math.min(wanted, possible)) : wanted;
            if (guest.allocationKib - guest.usedKib < guest.allocationKib * .05) {
                guest.starvedSeconds += seconds;
            }
            allocated += guest.allocationKib;
        }
        allocatedKibMax = Math.max(allocatedKibMax, allocated);
    }

    private void deliver() {
        while (!acts.isEmpty() && acts.peek().dueNs() <= nowNs) {
            Act act = acts.remove();
            Guest guest = guests.get(act.slot());
            guest.balloonKib = act.amount();
            feed.outcome(
                    act.planSequence(), act.slot(), 1, act.amount(), OutcomeStatus.DONE, nowNs);
        }
    }

    private void sample() {
        feed.sample(
                nowNs,
                tick -> {
                    for (Guest guest : guests) {
                        Feed.row(
                                tick.sample,
                                guest.slot,
                                1,
                                (long) guest.allocationKib,
                                guest.maximumKib,
                                (long) guest.reportedUsableKib,
                                guest.reportedTimeNs);
                        if (!guest.silent) {
                            guest.reportedUsableKib = guest.allocationKib - guest.usedKib;
                            guest.reportedTimeNs = nowNs;
                        }
                    }
                });
    }

    private void take(PlanSection plan) {
        for (int act = 0; act < plan.actCount; act++) {
            guests.get(plan.actSlot[act]).actCount++;
            acts.add(
                    new Act(
                            nowNs + ACT_NS,
                            feed.tick.sequence,
                            plan.actSlot[act],
                            plan.actAmount[act]));
        }
    }
}
