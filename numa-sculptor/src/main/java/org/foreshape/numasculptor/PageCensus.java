package org.foreshape.numasculptor;

import java.util.List;
import org.foreshape.nativebindings.linux.PageBatch;

/**
 * Counts where each page of a VM lies, page by page, by move_pages(2) without nodes. Unlike
 * numa_maps it can be paced and stopped, looks at the ranges wanted only, and allocates nothing.
 * One thread at a time.
 */
public final class PageCensus implements AutoCloseable {
    private final PageBatch pages;

    private PageCensus(PageBatch pages) {
        this.pages = pages;
    }

    /**
     * Makes a census with a batch of its own.
     *
     * @param batchPages pages asked for in one call
     * @return the census; the caller closes it
     */
    public static PageCensus open(int batchPages) {
        return new PageCensus(PageBatch.allocate(batchPages));
    }

    /**
     * Adds up the bytes of ranges by node.
     *
     * @param target whose memory
     * @param ranges which of it
     * @param bytesByNode is added to, by node number; pages of nodes beyond its end are left out
     * @return bytes that are present
     * @throws org.foreshape.nativebindings.linux.LinuxException move_pages(2) failed; ESRCH: the
     *     process ended
     */
    public long count(SculptTarget target, List<RamRange> ranges, long[] bytesByNode) {
        long present = 0;
        for (int i = 0; i < ranges.size(); i++) {
            RamRange range = ranges.get(i);
            long stepBytes = pages.capacity() * RamRange.PAGE_BYTES;
            for (long at = range.start(); at < range.end(); at += stepBytes) {
                int count = (int) (Math.min(stepBytes, range.end() - at) / RamRange.PAGE_BYTES);
                pages.fill(at, count, RamRange.PAGE_BYTES);
                pages.query(target.process());
                present += add(bytesByNode);
            }
        }
        return present;
    }

    private long add(long[] bytesByNode) {
        long present = 0;
        for (int page = 0; page < pages.size(); page++) {
            int node = pages.status(page);
            if (node >= 0) {
                present += RamRange.PAGE_BYTES;
                if (node < bytesByNode.length) {
                    bytesByNode[node] += RamRange.PAGE_BYTES;
                }
            }
        }
        return present;
    }

    /** Frees its batch. Idempotent. */
    @Override
    public void close() {
        pages.close();
    }
}
