package org.foreshape.inference.task;

/**
 * A start that is expected before anybody announced it.
 *
 * @param periodNs after which starts come again
 * @param timeNs engine time at which the next is expected
 * @param earliestNs start of an interval that holds about 95 % of those that come
 * @param latestNs its end
 * @param chance that it comes at all: the part of past times at which it did
 * @param startCount starts from which that was learnt
 */
public record NextStart(
        long periodNs,
        long timeNs,
        long earliestNs,
        long latestNs,
        double chance,
        int startCount) {}
