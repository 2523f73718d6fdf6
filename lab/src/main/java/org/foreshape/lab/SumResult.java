package org.foreshape.lab;

/**
 * What a check of all words of a workload found.
 *
 * @param blocks the blocks of 1 MiB that it holds
 * @param badWords words of 8 bytes that are not what was written; anything but 0 means that memory
 *     was damaged
 * @param seconds how long it took by the guest's clock
 */
public record SumResult(int blocks, long badWords, double seconds) {}
