package org.foreshape.numasculptor;

import java.util.List;

/**
 * What a NUMA node of the host has.
 *
 * @param node its number; numbers may have holes
 * @param cpus its CPUs, ascending; empty for a node of memory only
 * @param totalBytes its memory
 * @param freeBytes what of it is free, page cache not counted as free
 * @param fileBytes page cache on it, most of which the kernel gives up when asked
 * @param hugePagesFree free pages of 2 MiB in its hugetlb pool
 * @param freeBlocks free blocks by order: entry {@code o} counts blocks of 4 KiB times 2 to the
 *     power of {@code o}
 * @param unusableForHuge share of its free memory that lies in blocks too small for a huge page, 0
 *     (none) to 1 (all); the kernel's unusable index of order 9
 * @param distances by node in ascending order of their numbers, 10 for itself
 */
public record HostNode(
        int node,
        List<Integer> cpus,
        long totalBytes,
        long freeBytes,
        long fileBytes,
        long hugePagesFree,
        List<Long> freeBlocks,
        double unusableForHuge,
        List<Integer> distances) {

    /** Copies the lists. */
    public HostNode {
        cpus = List.copyOf(cpus);
        freeBlocks = List.copyOf(freeBlocks);
        distances = List.copyOf(distances);
    }
}
