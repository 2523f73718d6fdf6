package org.foreshape.numasculptor;

/**
 * A kind of failure within a step.
 *
 * @param call what failed, by its name in C
 * @param errno the error number; 0 where there is none
 * @param symbol its name, for instance {@code EBUSY}; empty where there is none
 * @param count how often, in pages or blocks
 * @param firstAddress where it happened first; 0 where it has no address
 * @param reason what it means here
 */
public record Failure(
        String call, int errno, String symbol, long count, long firstAddress, String reason) {}
