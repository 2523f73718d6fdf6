package org.foreshape.numasculptor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/**
 * How much of a VM's memory it touched within a while: the part to keep local and huge. The rest is
 * cold.
 *
 * @param residentBytes its memory
 * @param referencedBytes what of it was touched
 * @param intervalNs the while
 * @see <a href="https://docs.kernel.org/filesystems/proc.html">clear_refs</a>
 */
public record WorkingSet(long residentBytes, long referencedBytes, long intervalNs) {

    /**
     * Measures it: clears the referenced bits, waits, and reads them. It costs the VM a flush of
     * its address translation, and other readers of the bits their history. Counts a huge page as
     * touched as a whole.
     *
     * @param target the VM
     * @param interval how long to wait; the stop cuts it short
     * @param stop ends the wait; what was found until then is returned
     * @return what was found
     * @throws SculptException the process has ended, or its clear_refs may not be written
     */
    public static WorkingSet measure(SculptTarget target, Duration interval, StopToken stop) {
        requireThere(target);
        long startNs = System.nanoTime();
        try {
            Files.writeString(
                    target.reader().file(target.pid(), "clear_refs"),
                    "1",
                    StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new SculptException(
                    "the referenced bits of process "
                            + target.pid()
                            + " cannot be cleared: QEMU's own user or CAP_DAC_OVERRIDE is needed",
                    e);
        }
        requireThere(target);
        var pacer = new Pacer(stop, startNs + interval.toNanos(), 1);
        pacer.begin();
        // A byte a second makes the pacer sleep until the interval is over or the stop comes.
        pacer.worked(interval.toSeconds() + 1);
        MemoryFigures figures = target.reader().figures(target.pid(), target.ranges());
        requireThere(target);
        return new WorkingSet(
                figures.residentBytes(), figures.referencedBytes(), System.nanoTime() - startNs);
    }

    /**
     * The share that is hot.
     *
     * @return 0 to 1; 0 when nothing is resident
     */
    public double hotShare() {
        return residentBytes == 0 ? 0 : Math.min(1, (double) referencedBytes / residentBytes);
    }

    private static void requireThere(SculptTarget target) {
        if (!target.isThere()) {
            throw new SculptException("process " + target.pid() + " has ended", null);
        }
    }
}
