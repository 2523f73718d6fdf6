package org.foreshape.ring.act;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.foreshape.ring.Counter;
import org.foreshape.ring.Counters;
import org.foreshape.ring.DistinctErrors;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.EventWriter;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ActLanesTest {
    private final BlockingQueue<Tick> outcomes = new LinkedBlockingQueue<>();
    private final Counters counters = new Counters();
    private final DistinctErrors errors = new DistinctErrors();
    private final EngineClock clock = EngineClock.wall();
    private final CountDownLatch gate = new CountDownLatch(1);
    private final ActLanes lanes = new ActLanes(4, this::perform, clock, counters, errors);

    private final EventPublisher publisher =
            new EventPublisher() {
                @Override
                public boolean tryPublish(EventWriter writer) {
                    publish(writer);
                    return true;
                }

                @Override
                public void publish(EventWriter writer) {
                    Tick tick = new Tick(4);
                    writer.write(tick);
                    outcomes.add(tick);
                }
            };

    private void perform(ActOrder order, OutcomeSection outcome) {
        if (order.amount == 1) {
            throw new IllegalStateException("balloon is gone");
        }
        if (order.amount == 2) {
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        outcome.status = OutcomeStatus.DONE;
    }

    @AfterEach
    void close() {
        gate.countDown();
        lanes.close();
        assertThat(laneThreads()).isEmpty();
    }

    private Tick plan(long sequence, int slot, long amount, long deadlineTimeNs) {
        Tick tick = new Tick(4);
        tick.begin(EventKind.SAMPLE, clock.timeNs());
        tick.sequence = sequence;
        tick.plan.deadlineTimeNs = deadlineTimeNs;
        tick.plan.addAct(slot, 7, ActKind.RESIZE_MEMORY, amount);
        return tick;
    }

    private OutcomeSection next() throws InterruptedException {
        Tick tick = outcomes.poll(10, SECONDS);
        assertThat(tick).as("an outcome within 10 s").isNotNull();
        return tick.outcome;
    }

    @Test
    void shouldMakeTheLanesOfAVmThatMayBeActedOnWhenItArrives() {
        lanes.start(publisher);
        lanes.learn(arrival(1, VmMode.ENFORCE));
        lanes.learn(arrival(2, VmMode.OBSERVE));
        lanes.learn(arrival(4, VmMode.ENFORCE)); // There are slots 0 to 3 only.
        assertThat(laneThreads()).containsExactlyInAnyOrder("foreshape-lane-1", "foreshape-hand-1");
        lanes.learn(arrival(1, VmMode.ENFORCE));
        assertThat(laneThreads()).hasSize(2);
    }

    private static Tick arrival(int slot, VmMode mode) {
        Tick tick = new Tick(4);
        tick.begin(EventKind.CONTROL, 1);
        tick.control.kind = ControlKind.VM_ARRIVED;
        tick.control.vmSlot = slot;
        tick.control.mode = mode;
        return tick;
    }

    private static List<String> laneThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name ->
                        name.startsWith("foreshape-lane-") || name.startsWith("foreshape-hand-"))
                .toList();
    }

    @Test
    void shouldPublishAnOutcomeThatNamesItsDecision() throws Exception {
        lanes.start(publisher);
        lanes.dispatch(plan(42, 3, 1000, Long.MAX_VALUE));
        OutcomeSection outcome = next();
        assertThat(outcome.planSequence).isEqualTo(42);
        assertThat(outcome.vmSlot).isEqualTo(3);
        assertThat(outcome.vmGeneration).isEqualTo(7);
        assertThat(outcome.requested).isEqualTo(1000);
        assertThat(outcome.status).isEqualTo(OutcomeStatus.DONE);
        assertThat(counters.get(Counter.ACTS)).isEqualTo(1);
    }

    @Test
    void shouldTurnAnExceptionIntoAnOutcome() throws Exception {
        lanes.start(publisher);
        lanes.dispatch(plan(1, 0, 1, Long.MAX_VALUE));
        OutcomeSection outcome = next();
        assertThat(outcome.status).isEqualTo(OutcomeStatus.FAILED);
        assertThat(outcome.message.toString()).contains("balloon is gone");
        lanes.dispatch(plan(2, 0, 5, Long.MAX_VALUE));
        assertThat(next().status).isEqualTo(OutcomeStatus.DONE);
    }

    @Test
    void shouldDropAnActThatIsLate() throws Exception {
        lanes.start(publisher);
        lanes.dispatch(plan(1, 0, 5, clock.timeNs() - 1));
        assertThat(next().status).isEqualTo(OutcomeStatus.DROPPED_LATE);
    }

    @Test
    void shouldEndRefusedActsWithoutDoingThem() throws Exception {
        lanes.start(publisher);
        lanes.refuse(plan(1, 0, 1, Long.MAX_VALUE), OutcomeStatus.DROPPED_UNRECORDED);
        assertThat(next().status).isEqualTo(OutcomeStatus.DROPPED_UNRECORDED);
        assertThat(counters.get(Counter.ACTS)).isZero();
    }

    @Test
    void shouldHoldUpOnlyItsOwnVmWhenACallHangs() throws Exception {
        lanes.start(publisher);
        lanes.dispatch(plan(1, 0, 2, Long.MAX_VALUE));
        lanes.dispatch(plan(2, 1, 5, Long.MAX_VALUE));
        assertThat(next().vmSlot).isEqualTo(1);
        lanes.dispatch(plan(3, 0, 5, Long.MAX_VALUE));
        assertThat(counters.get(Counter.ACTS_REFUSED)).isEqualTo(1);
        gate.countDown();
        assertThat(next().planSequence).isEqualTo(1);
    }
}
