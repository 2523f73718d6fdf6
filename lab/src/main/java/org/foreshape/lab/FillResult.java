package org.foreshape.lab;

/**
 * How a fill ended.
 *
 * @param startNs {@link System#nanoTime()} of this process just before the request was sent
 * @param endNs the same clock when its end was known
 * @param blocksWanted the blocks of 1 MiB that the workload was told to hold
 * @param blocksHeld the blocks it holds; 0 unless {@code end} is DONE or SHORT
 * @param end how it ended
 * @param detail words for a message; empty when it is done
 */
public record FillResult(
        long startNs, long endNs, int blocksWanted, int blocksHeld, End end, String detail) {

    /** The ways in which a fill ends. */
    public enum End {
        /** All blocks are held and every word of them is written. */
        DONE,
        /** The guest's kernel gave fewer blocks. */
        SHORT,
        /**
         * The workload was killed, mostly for want of memory. It is started again and holds
         * nothing.
         */
        KILLED,
        /** There was no answer within the limit; the workload may still be filling. */
        TIMED_OUT,
        /** The guest itself has ended, or could not be spoken to. */
        GONE
    }

    /** Whether all is filled. */
    public boolean isDone() {
        return end == End.DONE;
    }

    /** From start to end, in seconds. */
    public double seconds() {
        return (endNs - startNs) / 1e9;
    }
}
