package org.foreshape.nativebindings.libvirt;

import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virEventAddTimeout;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virEventRemoveTimeout;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virEventRunDefaultImpl;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virEventUpdateTimeout;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.foreshape.nativebindings.generated.libvirt.virEventTimeoutCallback;

/**
 * Runs libvirt's event loop on the platform thread that calls {@link #run}, until stopped. One per
 * process: events, keepalive and lost connections come only while it runs.
 */
public final class LibvirtEventLoop implements Runnable {
    private static final int NEVER = -1;

    private volatile boolean stopped;
    private volatile int timer = -1;

    /** A loop that does not run yet. */
    public LibvirtEventLoop() {}

    /**
     * Runs until {@link #stop}.
     *
     * @throws LibvirtException libvirt's loop failed
     */
    @Override
    public void run() {
        LibvirtLibrary.open();
        // A timer that never fires of itself: stop() lets it fire, and so wakes the loop.
        MemorySegment wake = WakeStub.WAKE;
        int added = virEventAddTimeout(NEVER, wake, MemorySegment.NULL, MemorySegment.NULL);
        if (added < 0) {
            throw LibvirtException.last("virEventAddTimeout", "frequency=never");
        }
        timer = added;
        try {
            while (!stopped) {
                if (virEventRunDefaultImpl() < 0) {
                    throw LibvirtException.last("virEventRunDefaultImpl", "");
                }
            }
        } finally {
            timer = -1;
            virEventRemoveTimeout(added);
        }
    }

    /** Has {@link #run} return soon. Any thread; idempotent; also before the run. */
    public void stop() {
        stopped = true;
        int running = timer;
        if (running >= 0) {
            virEventUpdateTimeout(running, 0);
        }
    }

    /** Apart from the loop, so that a loop can be made where libvirt is missing. */
    private static final class WakeStub {
        static final MemorySegment WAKE =
                virEventTimeoutCallback.allocate((timer, opaque) -> {}, Arena.global());
    }
}
