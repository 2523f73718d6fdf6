package org.foreshape.lab;

/**
 * A guest's memory as its own kernel tells it, in KiB (man 5 proc, /proc/meminfo).
 *
 * @param totalKib all it manages now; less than its balloon leaves it, by what its kernel holds
 *     itself
 * @param freeKib held by nobody
 * @param availableKib what a process could have without swapping
 * @param cachedKib page cache
 * @param anonKib anonymous pages of its processes
 */
public record MemInfo(
        long totalKib, long freeKib, long availableKib, long cachedKib, long anonKib) {}
