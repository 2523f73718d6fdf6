package org.foreshape.shaping;

import static org.assertj.core.api.Assertions.assertThat;

import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.PlanSection;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each breach is found in a plan that is right in everything else. */
class PlanGuardTest {
    private static final long MIB = Feed.MIB;
    private static final long BUDGET = 1024 * MIB;
    private static final ShapingSettings SETTINGS = Feed.RESIZES_ONLY;

    private final VmTable vms = new VmTable(4, SETTINGS);
    private final Wants wants = new Wants(vms, SETTINGS);
    private final Division division = new Division(vms, wants, new HostRisk(vms, wants), SETTINGS);
    private final Acts acts = new Acts(vms, wants, division, SETTINGS);
    private final Hands hands = new Hands(vms, wants, acts, SETTINGS);
    private final PlanGuard guard = new PlanGuard(vms, division, acts, hands, SETTINGS);
    private final Tick tick = new Tick(4);
    private final PlanSection plan = tick.plan;
    private final long now = Feed.START_NS;

    @BeforeEach
    void twoVmsAndAPlanThatHolds() {
        arrive(0, VmMode.ENFORCE);
        arrive(1, VmMode.ENFORCE);
        arrive(2, VmMode.OBSERVE);
        tick.begin(EventKind.SAMPLE, now);
        Feed.row(tick.sample, 0, 1, 512 * MIB, 640 * MIB, 312 * MIB, now);
        Feed.row(tick.sample, 1, 1, 256 * MIB, 640 * MIB, 8 * MIB, now);
        Feed.row(tick.sample, 2, 1, 128 * MIB, 640 * MIB, 100 * MIB, now);
        vms.sample(tick.sample, now);
        wants.work(now, 0);
        division.divide(plan, BUDGET, false, false);
        plan.actCount = 0;
        for (int slot = 0; slot < 3; slot++) {
            plan.targetKib[slot] = vms.allocationKib[slot];
        }
        assertThat(check()).isEqualTo(Breach.NONE);
    }

    private void arrive(int slot, VmMode mode) {
        tick.begin(EventKind.CONTROL, now);
        tick.control.kind = ControlKind.VM_ARRIVED;
        tick.control.vmSlot = slot;
        tick.control.vmGeneration = 1;
        tick.control.mode = mode;
        tick.control.floorKib = 240 * MIB;
        tick.control.ceilingKib = 600 * MIB;
        vms.arrive(tick.control, now);
    }

    private Breach check() {
        return guard.check(plan, now, BUDGET, true, false, false);
    }

    private void act(int slot, long amountMib) {
        plan.addAct(slot, 1, ActKind.RESIZE_MEMORY, amountMib * MIB);
    }

    @Test
    void shouldFindTargetsOutOfBounds() {
        plan.targetKib[0] = 601 * MIB;
        assertThat(check()).isEqualTo(Breach.BOUNDS);
        plan.targetKib[0] = 239 * MIB;
        assertThat(check()).isEqualTo(Breach.BOUNDS);
    }

    @Test
    void shouldFindAnOverdrawnBudget() {
        plan.targetKib[0] = 600 * MIB;
        plan.targetKib[1] = 297 * MIB;
        assertThat(check()).isEqualTo(Breach.BUDGET);
        plan.targetKib[1] = 296 * MIB;
        assertThat(check()).isEqualTo(Breach.NONE);
    }

    @Test
    void shouldFindAGrantBeforeTheShrinkThatPaysForIt() {
        plan.targetKib[0] = 400 * MIB;
        plan.targetKib[1] = 496 * MIB;
        act(0, 400);
        act(1, 385);
        assertThat(check()).isEqualTo(Breach.GRANTED_TOO_EARLY);
        plan.actAmount[1] = 384 * MIB;
        assertThat(check()).isEqualTo(Breach.NONE);
    }

    @Test
    void shouldFindAShrunkStarvedVm() {
        plan.targetKib[1] = 250 * MIB;
        assertThat(check()).isEqualTo(Breach.STARVED_SHRUNK);
    }

    @Test
    void shouldFindAShrinkOnStaleOrMissingStatistics() {
        plan.targetKib[0] = 500 * MIB;
        assertThat(check()).isEqualTo(Breach.NONE);
        assertThat(guard.check(plan, now + SETTINGS.staleNs() + 1, BUDGET, true, false, false))
                .isEqualTo(Breach.STALE_SHRUNK);
        vms.hasStats[0] = false;
        assertThat(check()).isEqualTo(Breach.STALE_SHRUNK);
    }

    @Test
    void shouldFindAShrinkThatIsTooDeepOrTooFast() {
        plan.targetKib[0] = 263 * MIB;
        assertThat(check()).isEqualTo(Breach.TOO_DEEP);
        plan.targetKib[0] = 300 * MIB;
        act(0, 263);
        assertThat(check()).isEqualTo(Breach.TOO_DEEP);
        vms.damping.take(0, SETTINGS.shrinkBurstKib() - 100 * MIB, 1, now);
        plan.actAmount[0] = 411 * MIB;
        assertThat(check()).isEqualTo(Breach.TOO_FAST);
        plan.actAmount[0] = 412 * MIB;
        assertThat(check()).isEqualTo(Breach.NONE);
    }

    @Test
    void shouldFindASecondAct() {
        act(0, 520);
        act(0, 530);
        assertThat(check()).isEqualTo(Breach.SECOND_ACT);
        plan.actCount = 1;
        assertThat(check()).isEqualTo(Breach.NONE);
        vms.commit(0, plan.actAmount[0], 7, now);
        assertThat(check()).isEqualTo(Breach.SECOND_ACT);
    }

    @Test
    void shouldJudgeTheHandsApartFromResizes() {
        act(0, 520);
        plan.addAct(0, 1, ActKind.PREFAULT, 64 * MIB);
        assertThat(check()).as("one of each").isEqualTo(Breach.NONE);
        plan.actAmount[1] = 513 * MIB;
        assertThat(check()).as("more than it has").isEqualTo(Breach.BOUNDS);
        plan.actAmount[1] = 0;
        assertThat(check()).as("nothing").isEqualTo(Breach.BOUNDS);
        plan.actAmount[1] = 64 * MIB;
        plan.addAct(0, 1, ActKind.SCULPT, 64 * MIB);
        assertThat(check()).as("two hands at once").isEqualTo(Breach.SECOND_ACT);
        plan.actCount = 2;
        hands.commit(0, ActKind.PREFAULT, 64 * MIB, 7, now);
        assertThat(check()).as("one under way").isEqualTo(Breach.SECOND_ACT);
        hands.forget(0);
        assertThat(guard.check(plan, now, BUDGET, true, false, true))
                .as("while restoring")
                .isEqualTo(Breach.FORBIDDEN_ACT);
        plan.actSlot[1] = 1;
        assertThat(check()).as("of a starved VM").isEqualTo(Breach.FORBIDDEN_ACT);
    }

    @Test
    void shouldFindAnActThatIsNotAllowed() {
        act(2, 300);
        assertThat(check()).as("observed").isEqualTo(Breach.FORBIDDEN_ACT);
        plan.actSlot[0] = 0;
        plan.actGeneration[0] = 2;
        assertThat(check()).as("another VM").isEqualTo(Breach.FORBIDDEN_ACT);
        plan.actGeneration[0] = 1;
        plan.actAmount[0] = 520 * MIB;
        assertThat(check()).isEqualTo(Breach.NONE);
        assertThat(guard.check(plan, now, BUDGET, false, false, false))
                .as("connection lost")
                .isEqualTo(Breach.FORBIDDEN_ACT);
        assertThat(guard.check(plan, now, BUDGET, true, true, false))
                .as("paused")
                .isEqualTo(Breach.FORBIDDEN_ACT);
    }
}
