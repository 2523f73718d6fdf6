package org.foreshape.hypervisor.embedded;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.foreshape.hypervisor.HypervisorException;
import org.foreshape.nativebindings.NativeException;
import org.foreshape.nativebindings.linux.LinuxMemory;
import org.foreshape.nativebindings.linux.MappedMemory;

/**
 * A guest's real memory. Its pages are in three parts, from the bottom: used by the guest, free in
 * the guest, and taken by the balloon. Not for two threads at once.
 *
 * <pre>
 *   0          usedPages       allocatedPages        size
 *   | used, each  | free: resident if | balloon: never |
 *   | with a word | it was used once  | resident       |
 * </pre>
 */
final class GuestRam implements AutoCloseable {
    /** Makes the memory of one guest; a test may refuse. */
    interface Factory {
        MappedMemory create(String name, long sizeBytes);
    }

    private static final int NAME_LENGTH_MAX = 200;

    /** Where the kernel collapses memory files, aligned ones can be made huge. */
    private static final long HUGE_PAGE_BYTES = 2 << 20;

    private final MappedMemory memory;
    private final long seed;
    private final int pageBytes = LinuxMemory.pageSizeBytes();

    /** How often each page was filled: part of its word, so that an old page is told from a new. */
    private final int[] fillCount;

    private int usedPages;
    private int residentTopPages;
    private volatile int populatedTopPages;
    private volatile boolean populating;
    private int checkCursor;
    private long touchedPages;
    private long reclaimedPages;
    private long checkedPages;
    private long badPages;
    private long residentPages;

    GuestRam(MappedMemory memory, long seed) {
        this.memory = memory;
        this.seed = seed;
        this.fillCount = new int[(int) (memory.sizeBytes() / pageBytes)];
    }

    /**
     * Makes the memory of a guest. No page of it is allocated yet.
     *
     * @param scale reported KiB for each real KiB
     * @throws HypervisorException when there is none; names the guest and the cure
     */
    static GuestRam create(GuestSpec spec, int scale, Factory factory) {
        long pageBytes = LinuxMemory.pageSizeBytes();
        long sizeBytes = Math.ceilDiv(spec.ceilingKib() * 1024, scale * pageBytes) * pageBytes;
        String label = "foreshape-" + spec.name().replaceAll("[^!-~]", "_");
        String cut = label.substring(0, Math.min(label.length(), NAME_LENGTH_MAX));
        try {
            return new GuestRam(
                    factory.create(cut, sizeBytes), spec.uuid().getLeastSignificantBits());
        } catch (NativeException e) {
            throw new HypervisorException(
                    "no memory for guest "
                            + spec.name()
                            + " ("
                            + sizeBytes / 1024
                            + " KiB): "
                            + e.getMessage()
                            + " Embedded guests need memfd_create (Linux 3.17); fewer or smaller"
                            + " guests need less.",
                    e);
        }
    }

    /** Memory that huge pages can be mapped in. */
    static MappedMemory aligned(String name, long sizeBytes) {
        return MappedMemory.create(name, sizeBytes, HUGE_PAGE_BYTES);
    }

    /** Size of so many pages. */
    long bytes(int pages) {
        return (long) pages * pageBytes;
    }

    /** Pages it has. */
    int sizePages() {
        return fillCount.length;
    }

    /**
     * Makes the memory look like this: takes what the balloon took, fills what the workload filled.
     *
     * @param wantedPages pages in use
     * @param allocatedPages pages outside the balloon, no fewer
     * @param reportFree whether free pages go to the host as well
     */
    void shape(int wantedPages, int allocatedPages, boolean reportFree) {
        int keptPages = reportFree ? wantedPages : allocatedPages;
        boolean changed = false;
        boolean stillPopulating = populating;
        int topPages = Math.max(residentTopPages, populatedTopPages);
        if (keptPages < topPages) {
            long bytes = (long) (topPages - keptPages) * pageBytes;
            memory.punchHole((long) keptPages * pageBytes, bytes);
            reclaimedPages += Math.max(0, residentTopPages - keptPages);
            residentTopPages = Math.min(residentTopPages, keptPages);
            if (!stillPopulating) {
                populatedTopPages = 0;
            }
            changed = true;
        }
        if (wantedPages > usedPages) {
            fill(usedPages, wantedPages);
            residentTopPages = Math.max(residentTopPages, wantedPages);
            changed = true;
        }
        usedPages = wantedPages;
        if (changed) {
            residentPages = memory.residentBytes() / pageBytes;
        }
    }

    /**
     * Says that somebody makes pages up to this one resident from now on. What the balloon takes of
     * them meanwhile is taken again with each step, until {@link #populated}. Any thread.
     */
    void populating(int topPages) {
        populatedTopPages = Math.max(populatedTopPages, topPages);
        populating = true;
    }

    /** Says that this is over. Any thread. */
    void populated() {
        populating = false;
    }

    /** Checks the words of up to so many used pages, going on where it left off. */
    void check(int pageCountMax) {
        MemorySegment pages = memory.segment();
        int count = Math.min(pageCountMax, usedPages);
        for (int i = 0; i < count; i++) {
            if (checkCursor >= usedPages) {
                checkCursor = 0;
            }
            if (pages.get(ValueLayout.JAVA_LONG, (long) checkCursor * pageBytes)
                    != word(checkCursor)) {
                badPages++;
            }
            checkCursor++;
        }
        checkedPages += count;
    }

    /** Checks every used page once. */
    void checkAll() {
        checkCursor = 0;
        check(usedPages);
    }

    /** Pages of host memory behind the guest now, as the kernel counts them. */
    long residentPages() {
        return residentPages;
    }

    long touchedPages() {
        return touchedPages;
    }

    long reclaimedPages() {
        return reclaimedPages;
    }

    long checkedPages() {
        return checkedPages;
    }

    long badPages() {
        return badPages;
    }

    /** The memory itself. */
    MappedMemory memory() {
        return memory;
    }

    @Override
    public void close() {
        memory.close();
    }

    private void fill(int fromPage, int toPage) {
        MemorySegment pages = memory.segment();
        for (int page = fromPage; page < toPage; page++) {
            fillCount[page]++;
            // The first write to a page that is not resident is a page fault: the host's cost of a
            // growing guest is paid here.
            pages.set(ValueLayout.JAVA_LONG, (long) page * pageBytes, word(page));
        }
        touchedPages += toPage - fromPage;
    }

    private long word(int page) {
        return Noise.mix(seed + fillCount[page], page);
    }
}
