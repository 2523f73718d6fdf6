package org.foreshape.ring;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.stage.Dispatcher;
import org.foreshape.ring.stage.Stages;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PipelineAllocationTest {
    @Test
    void shouldAllocateNothingPerEventOnceWarm() {
        Dispatcher nobody =
                new Dispatcher() {
                    @Override
                    public void dispatch(Tick tick) {}

                    @Override
                    public void refuse(Tick tick, OutcomeStatus status) {}
                };
        Stages stages = new Stages(t -> {}, t -> {}, t -> {}, t -> {}, nobody, t -> {});
        Pipeline pipeline =
                new Pipeline(
                        stages,
                        new Counters(),
                        new StageLatencies(),
                        new DistinctErrors(),
                        new Enforcement());
        Tick tick = new Tick(64);
        run(pipeline, tick, 20_000);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        run(pipeline, tick, 20_000);
        long bytes = threads.getCurrentThreadAllocatedBytes() - before;
        // Reading the counter itself may allocate a few bytes; one per event would be 20,000.
        assertThat(bytes).isLessThan(2_000);
    }

    private static void run(Pipeline pipeline, Tick tick, int count) {
        for (int i = 0; i < count; i++) {
            tick.begin(EventKind.SAMPLE, i);
            tick.publishedNanoTime = System.nanoTime();
            pipeline.onEvent(tick, true);
        }
    }
}
