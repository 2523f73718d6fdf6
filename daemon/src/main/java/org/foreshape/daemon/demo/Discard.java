package org.foreshape.daemon.demo;

import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.EventWriter;
import org.foreshape.ring.event.Tick;

/** Takes events for the arm that decides nothing. Any thread. */
final class Discard implements EventPublisher {
    private final Tick tick;

    Discard(int vmCountMax) {
        tick = new Tick(vmCountMax);
    }

    @Override
    public synchronized boolean tryPublish(EventWriter writer) {
        writer.write(tick);
        return true;
    }

    @Override
    public void publish(EventWriter writer) {
        tryPublish(writer);
    }
}
