package org.foreshape.daemon.demo;

import org.foreshape.ring.EngineClock;

/** A compressed clock that stands still until all arms are ready. Any thread. */
final class GatedClock implements EngineClock {
    private final double speed;
    private final long startTimeNs;
    private volatile long openedNanoTime;
    private volatile boolean opened;

    GatedClock(double speed, long startTimeNs) {
        this.speed = speed;
        this.startTimeNs = startTimeNs;
    }

    void open() {
        openedNanoTime = System.nanoTime();
        opened = true;
    }

    @Override
    public long timeNs() {
        return opened
                ? startTimeNs + (long) ((System.nanoTime() - openedNanoTime) * speed)
                : startTimeNs;
    }

    @Override
    public double speed() {
        return speed;
    }
}
