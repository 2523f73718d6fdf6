package org.foreshape.ring;

import java.util.concurrent.TimeUnit;

/**
 * The engine's time. Samplers and announcers read it and put it into events; stages never read it.
 */
public interface EngineClock {
    /** Engine time in nanoseconds since the Unix epoch. */
    long timeNs();

    /** How many seconds of engine time pass in one second of wall time. */
    double speed();

    /** The host's wall clock, advancing evenly from its value at this call. */
    static EngineClock wall() {
        return compressed(1, TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()));
    }

    /**
     * A clock that starts at {@code startTimeNs} now and runs {@code speed} times as fast as the
     * host's monotonic clock.
     *
     * @throws IllegalArgumentException unless speed is a finite number above 0
     */
    static EngineClock compressed(double speed, long startTimeNs) {
        if (!(speed > 0) || Double.isInfinite(speed)) {
            throw new IllegalArgumentException("speed is " + speed + ", must be above 0");
        }
        long originNanoTime = System.nanoTime();
        return new EngineClock() {
            @Override
            public long timeNs() {
                return startTimeNs + (long) ((System.nanoTime() - originNanoTime) * speed);
            }

            @Override
            public double speed() {
                return speed;
            }
        };
    }
}
