package org.foreshape.numasculptor;

/**
 * What smaps tells of some ranges of a process, together.
 *
 * @param sizeBytes address space
 * @param residentBytes what is in its page table
 * @param hugeBytes what of it is mapped by huge pages
 * @param referencedBytes what was touched since the references were cleared last
 * @param swapBytes what is swapped out
 */
public record MemoryFigures(
        long sizeBytes, long residentBytes, long hugeBytes, long referencedBytes, long swapBytes) {}
