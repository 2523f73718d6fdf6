package org.foreshape.numasculptor;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What shall be done to one VM. Made by {@link #builder}.
 *
 * @param steps which steps, taken in the order of {@link Step}
 * @param node the node for {@link Step#PIN}, {@link Step#MOVE} and {@link Step#BIND}; -1 where none
 *     of them is wanted
 * @param bytesPerSecond how fast at most; 0: as fast as it goes
 * @param batchPages pages of one call, 512 to 65536: the act can be stopped between two
 * @param evenShared moves pages that other processes map too
 * @param residentShareMin only blocks of which at least this share is resident are made huge, above
 *     0.5 to 1: else memory that a balloon or free page reporting gave back would come back
 * @param compactNodes the nodes to compact
 * @param limit how long all steps together may take
 */
public record SculptRequest(
        Set<Step> steps,
        int node,
        long bytesPerSecond,
        int batchPages,
        boolean evenShared,
        double residentShareMin,
        List<Integer> compactNodes,
        Duration limit) {

    /** Fewest pages of a batch. */
    public static final int BATCH_PAGES_MIN = 512;

    /** Most pages of a batch: 256 MiB. */
    public static final int BATCH_PAGES_MAX = 65_536;

    /** Checks all of it. */
    public SculptRequest {
        steps = Set.copyOf(steps);
        compactNodes = List.copyOf(compactNodes);
        boolean needsNode =
                steps.contains(Step.PIN) || steps.contains(Step.MOVE) || steps.contains(Step.BIND);
        require(!needsNode || node >= 0, "PIN, MOVE and BIND need a node, not " + node);
        require(bytesPerSecond >= 0, "bytesPerSecond must not be negative: " + bytesPerSecond);
        require(
                batchPages >= BATCH_PAGES_MIN && batchPages <= BATCH_PAGES_MAX,
                "batchPages must be 512 to 65536, not " + batchPages);
        require(
                residentShareMin > 0.5 && residentShareMin <= 1,
                "residentShareMin must be above 0.5 to 1, not " + residentShareMin);
        require(
                limit.isPositive() && limit.compareTo(Duration.ofDays(1)) < 0,
                "limit must be positive and below a day, not " + limit);
    }

    private static void require(boolean fits, String otherwise) {
        if (!fits) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /**
     * Starts a request: as fast as it goes, batches of 128 MiB, blocks of which 90 % is resident,
     * within 10 minutes.
     *
     * @param first a step
     * @param more further steps
     * @return a builder
     */
    public static Builder builder(Step first, Step... more) {
        return new Builder(EnumSet.of(first, more));
    }

    /**
     * A VM and its memory on one node, in huge pages.
     *
     * @param node the node
     * @return a builder with {@link Step#PIN}, {@link Step#MOVE}, {@link Step#BIND} and {@link
     *     Step#COLLAPSE}
     */
    public static Builder consolidate(int node) {
        return builder(Step.PIN, Step.MOVE, Step.BIND, Step.COLLAPSE).node(node);
    }

    /**
     * An idle VM's memory made the first to go, and swapped out where there is swap. What its
     * balloon can take is better taken by the balloon, before.
     *
     * @return a builder with {@link Step#COLD} and {@link Step#PAGEOUT}
     */
    public static Builder reclaim() {
        return builder(Step.COLD, Step.PAGEOUT);
    }

    /** Collects a request; the parameters are described there. One thread. */
    public static final class Builder {
        private final Set<Step> steps;
        private int node = -1;
        private long bytesPerSecond;
        private int batchPages = 32_768;
        private boolean evenShared;
        private double residentShareMin = 0.9;
        private List<Integer> compactNodes = List.of();
        private Duration limit = Duration.ofMinutes(10);

        private Builder(Set<Step> steps) {
            this.steps = steps;
        }

        /** Sets the node for pinning, moving and binding. */
        public Builder node(int number) {
            node = number;
            return this;
        }

        /** Sets the pace, bytes per second; 0: none. */
        public Builder bytesPerSecond(long pace) {
            bytesPerSecond = pace;
            return this;
        }

        /** Sets the pages of one call. */
        public Builder batchPages(int pages) {
            batchPages = pages;
            return this;
        }

        /** Sets whether pages that other processes map too are moved. */
        public Builder evenShared(boolean on) {
            evenShared = on;
            return this;
        }

        /** Sets how much of a block must be resident before it is made huge. */
        public Builder residentShareMin(double share) {
            residentShareMin = share;
            return this;
        }

        /** Sets the nodes to compact. */
        public Builder compactNodes(Integer... nodes) {
            compactNodes = List.of(nodes);
            return this;
        }

        /** Sets how long all steps together may take. */
        public Builder limit(Duration all) {
            limit = all;
            return this;
        }

        /**
         * Builds the request.
         *
         * @return the request
         * @throws IllegalArgumentException when a value is out of its range
         */
        public SculptRequest build() {
            return new SculptRequest(
                    steps,
                    node,
                    bytesPerSecond,
                    batchPages,
                    evenShared,
                    residentShareMin,
                    compactNodes,
                    limit);
        }
    }
}
