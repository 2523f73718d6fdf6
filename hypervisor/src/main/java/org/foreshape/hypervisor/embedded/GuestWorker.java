package org.foreshape.hypervisor.embedded;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.foreshape.hypervisor.SampleBoard;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.event.SampleSection;

/** Steps every n-th guest and puts fresh figures on the board. Runs on a thread of its own. */
final class GuestWorker implements Runnable {
    private static final System.Logger LOG = System.getLogger(GuestWorker.class.getName());

    /** What the workers of one hypervisor share. */
    record World(
            Supplier<EmbeddedGuest[]> guests,
            EngineClock clock,
            WorkloadTime workloadTime,
            SampleBoard board,
            Runnable onUrgent) {}

    private final World world;
    private final int index;
    private final int workerCount;
    private final long stepWallNs;
    private final Consumer<SampleSection> writer = this::write;
    private final AtomicLong failureCount = new AtomicLong();

    private EmbeddedGuest[] stepped = {};
    private boolean[] fresh = {};
    private volatile boolean running = true;

    GuestWorker(World world, int index, int workerCount, long stepWallNs) {
        this.world = world;
        this.index = index;
        this.workerCount = workerCount;
        this.stepWallNs = stepWallNs;
    }

    /** Ends {@link #run} after the step under way. */
    void stop() {
        running = false;
    }

    /** Steps of guests that failed. */
    long failureCount() {
        return failureCount.get();
    }

    @Override
    public void run() {
        long nextNs = System.nanoTime();
        while (running) {
            stepAll();
            nextNs += stepWallNs;
            long waitNs = nextNs - System.nanoTime();
            if (waitNs <= 0) {
                // Late: the next step covers the time lost, so there is nothing to catch up with.
                nextNs = System.nanoTime();
            }
            while (running && waitNs > 0) {
                LockSupport.parkNanos(this, waitNs);
                waitNs = nextNs - System.nanoTime();
            }
        }
    }

    private void stepAll() {
        stepped = world.guests().get();
        if (fresh.length < stepped.length) {
            fresh = new boolean[stepped.length];
        }
        boolean anyFresh = false;
        boolean urgent = false;
        for (int i = index; i < stepped.length && running; i += workerCount) {
            EmbeddedGuest guest = stepped[i];
            long timeNs = world.clock().timeNs();
            try {
                fresh[i] = guest.step(world.workloadTime().elapsedNs(timeNs), timeNs);
            } catch (RuntimeException e) {
                fresh[i] = false;
                // One message for the first failure; a fault that lasts would fill the log.
                if (failureCount.getAndIncrement() == 0) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "a step of guest " + guest.spec().name() + " failed",
                            e);
                }
            }
            anyFresh |= fresh[i];
            urgent |= fresh[i] && guest.isAttended(timeNs);
        }
        if (anyFresh) {
            world.board().update(writer);
        }
        if (urgent) {
            world.onUrgent().run();
        }
    }

    private void write(SampleSection figures) {
        for (int i = index; i < stepped.length; i += workerCount) {
            if (fresh[i]) {
                stepped[i].writeTo(figures);
            }
        }
    }
}
