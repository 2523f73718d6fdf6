package org.foreshape.bench;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Frames of the host that are in use until the moment in which they are needed. The first use of a
 * frame is ten times slower and more where the machine is virtual itself, and a machine that hands
 * its free frames back to its own host within seconds (free page reporting) makes them so again. So
 * what a measured act is to find free is held by a process up to then.
 *
 * <p>It holds twice as much and gives every second huge page: the kernel joins freed neighbours to
 * larger blocks, and would hand out colder frames that are in smaller blocks first.
 */
final class WarmFrames implements AutoCloseable {
    private final CProgram holder;

    private WarmFrames(CProgram holder) {
        this.holder = holder;
    }

    /** Holds what is needed to give so much from now on. */
    static WarmFrames hold(Path hostTouch, int mib) throws IOException {
        CProgram holder = CProgram.start(hostTouch, "2");
        WarmFrames frames = new WarmFrames(holder);
        try {
            holder.line();
            holder.ask("hold " + 2 * mib);
            return frames;
        } catch (IOException e) {
            holder.close();
            throw e;
        }
    }

    /** Gives all to whoever allocates next. */
    void give() throws IOException {
        holder.ask("give");
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
