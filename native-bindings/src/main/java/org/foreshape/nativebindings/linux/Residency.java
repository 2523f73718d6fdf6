package org.foreshape.nativebindings.linux;

/**
 * Which parts of a file the page cache holds, in steps of equal size. Made by {@link
 * CachedFile#residency}. Immutable.
 */
public final class Residency {
    private final long sizeBytes;
    private final long stepBytes;
    private final int[] cachedPages;
    private final int[] evictedPages;

    Residency(long sizeBytes, long stepBytes, int[] cachedPages, int[] evictedPages) {
        this.sizeBytes = sizeBytes;
        this.stepBytes = stepBytes;
        this.cachedPages = cachedPages;
        this.evictedPages = evictedPages;
    }

    /**
     * The file's size when it was looked at.
     *
     * @return bytes
     */
    public long sizeBytes() {
        return sizeBytes;
    }

    /**
     * The size of a step.
     *
     * @return bytes; the last step of a file may be shorter
     */
    public long stepBytes() {
        return stepBytes;
    }

    /**
     * How many steps the file has.
     *
     * @return the count
     */
    public int stepCount() {
        return cachedPages.length;
    }

    /**
     * Pages of a step in the cache.
     *
     * @param step 0 to {@link #stepCount} - 1
     * @return pages
     */
    public int cachedPages(int step) {
        return cachedPages[step];
    }

    /**
     * Pages of a step that were in the cache and have been evicted, as far as the kernel remembers.
     *
     * @param step 0 to {@link #stepCount} - 1
     * @return pages; 0 throughout where the kernel has no cachestat(2)
     */
    public int evictedPages(int step) {
        return evictedPages[step];
    }

    /**
     * All that is cached.
     *
     * @return bytes, a multiple of the page size
     */
    public long cachedBytes() {
        long pages = 0;
        for (int count : cachedPages) {
            pages += count;
        }
        return pages * LinuxMemory.pageSizeBytes();
    }
}
