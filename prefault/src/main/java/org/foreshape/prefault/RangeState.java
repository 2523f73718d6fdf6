package org.foreshape.prefault;

import java.util.function.Consumer;
import org.foreshape.nativebindings.linux.PageScan;

/**
 * Which pages of a range a guest's write would find, and which it would have to wait for.
 *
 * @param absent nothing there but, at most, the shared page of zeros: a write is a full page fault
 * @param tabled pages that are there, or the 4 KiB page of zeros: their block has a page table
 * @param hugeZero blocks of the shared huge page of zeros: lost to every path but the guest's own
 *     write and QEMU's preallocation
 * @param huge in huge pages
 * @param isKnown false when the page map may not be read: then all counts as absent
 */
record RangeState(
        PageRanges absent,
        PageRanges tabled,
        PageRanges hugeZero,
        PageRanges huge,
        boolean isKnown) {

    static RangeState read(PageScan scan, long start, long end) {
        return collect(start, end, collector -> scan.visit(start, end, collector));
    }

    /** What the runs of a scan say, some of which may be told again after they have grown. */
    static RangeState collect(long start, long end, Consumer<PageScan.Visitor> scan) {
        Collector collector = new Collector();
        scan.accept(collector);
        PageRanges all = PageRanges.of(start, end);
        return new RangeState(
                all.without(collector.resident),
                collector.tabled,
                collector.hugeZero,
                collector.huge,
                true);
    }

    /** Nothing is known: a touch or collapse of what is there already does no harm. */
    static RangeState unknown(long start, long end) {
        return new RangeState(
                PageRanges.of(start, end),
                new PageRanges(),
                new PageRanges(),
                new PageRanges(),
                false);
    }

    private static final class Collector implements PageScan.Visitor {
        private final PageRanges resident = new PageRanges();
        private final PageRanges tabled = new PageRanges();
        private final PageRanges hugeZero = new PageRanges();
        private final PageRanges huge = new PageRanges();

        @Override
        public void run(long start, long end, int categories) {
            boolean isZero = (categories & PageScan.ZERO) != 0;
            boolean isHuge = (categories & PageScan.HUGE) != 0;
            if (isZero && isHuge) {
                hugeZero.addNext(start, end);
                return;
            }
            tabled.addNext(start, end);
            if (!isZero) {
                resident.addNext(start, end);
            }
            if (isHuge) {
                huge.addNext(start, end);
            }
        }
    }
}
