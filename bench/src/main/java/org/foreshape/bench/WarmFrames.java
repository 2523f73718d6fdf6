package org.foreshape.bench;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Frames of the host that are in use until the moment in which they are needed. The first use of a
 * frame is ten times slower and more where the machine is virtual itself, and a machine that hands
 * its free frames back to its own host within seconds (free page reporting) makes them so again. So
 * what a measured act is to find free is held by a process up to then.
 *
 * <p>It holds twice as much and gives, of each two huge pages that are neighbours in the machine's
 * memory, one: the kernel joins freed neighbours to larger blocks, and hands out what lies in the
 * list of smaller ones first, however cold that is.
 */
final class WarmFrames implements AutoCloseable {
    private static final double LEAST_SHARE = .9;

    private final CProgram holder;
    private final int wantedMib;

    private WarmFrames(CProgram holder, int wantedMib) {
        this.holder = holder;
        this.wantedMib = wantedMib;
    }

    /** Holds what is needed to give so much from now on. */
    static WarmFrames hold(Path hostTouch, int mib) throws IOException {
        CProgram holder = CProgram.start(hostTouch, "2");
        WarmFrames frames = new WarmFrames(holder, mib);
        try {
            holder.line();
            holder.ask("hold " + 2 * mib);
            return frames;
        } catch (IOException e) {
            holder.close();
            throw e;
        }
    }

    /**
     * Gives them to whoever allocates next.
     *
     * @throws IllegalStateException too few can be given so that they come next; which frames they
     *     are is told to root only
     */
    void give() throws IOException {
        int givenMib = Integer.parseInt(holder.ask("give").substring("ok ".length()));
        if (givenMib < wantedMib * LEAST_SHARE) {
            throw new IllegalStateException(
                    "only %d of %d MiB of warm frames can be given: more free memory is needed, and root"
                            .formatted(givenMib, wantedMib));
        }
    }

    /** Takes as much again, and so warms it. */
    void takeBack() throws IOException {
        holder.ask("take");
    }

    @Override
    public void close() throws IOException {
        holder.close();
    }
}
