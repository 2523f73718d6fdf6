package org.foreshape.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.stage.Dispatcher;
import org.foreshape.ring.stage.Forecaster;
import org.foreshape.ring.stage.Learner;
import org.foreshape.ring.stage.Observer;
import org.foreshape.ring.stage.Recorder;
import org.foreshape.ring.stage.Shaper;
import org.foreshape.ring.stage.Stages;

/** Stages that write down what they saw; any of them can be told to fail. */
final class TestStages implements Observer, Forecaster, Shaper, Recorder, Dispatcher, Learner {
    final List<String> seen = new CopyOnWriteArrayList<>();
    volatile String failing = "";
    volatile int actCount;
    volatile boolean full;
    final AtomicInteger rehearsalCount = new AtomicInteger();

    Stages stages() {
        return new Stages(this, this, this, this, this, this);
    }

    private void note(String stage, Tick tick) {
        seen.add(stage + tick.sequence);
        if (failing.equals(stage)) {
            throw new IllegalStateException(stage + " fails as told");
        }
    }

    @Override
    public void observe(Tick tick) {
        note("observe", tick);
    }

    @Override
    public void forecast(Tick tick) {
        tick.forecast.slotCount = 1;
        note("forecast", tick);
    }

    @Override
    public void shape(Tick tick) {
        tick.plan.made = true;
        for (int i = 0; i < actCount; i++) {
            tick.plan.addAct(i, 1, org.foreshape.ring.event.ActKind.RESIZE_MEMORY, 1024);
        }
        note("shape", tick);
    }

    @Override
    public void rehearsePlan(Tick scratch) {
        assertThat(scratch.plan.made).as("left over from another rehearsal").isFalse();
        scratch.plan.made = true;
        rehearsalCount.incrementAndGet();
        if (failing.equals("rehearse")) {
            throw new IllegalStateException("rehearse fails as told");
        }
    }

    @Override
    public void record(Tick tick) {
        note("record", tick);
    }

    @Override
    public boolean hasRoom() {
        return !full;
    }

    @Override
    public void dispatch(Tick tick) {
        note("dispatch", tick);
    }

    @Override
    public void refuse(Tick tick, OutcomeStatus status) {
        seen.add("refuse" + tick.sequence);
    }

    @Override
    public void learn(Tick tick) {
        note("learn", tick);
    }
}
