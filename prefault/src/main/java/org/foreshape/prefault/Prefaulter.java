package org.foreshape.prefault;

import java.io.IOException;
import java.nio.file.Path;
import org.foreshape.nativebindings.linux.MappedMemory;
import org.jspecify.annotations.Nullable;

/**
 * Makes memory of guests resident before they touch it, and changes no byte of it. One for all
 * guests: any thread may call it, several at once; each call blocks its own thread until the act is
 * over, which may be cancelled. No call throws for what a guest or the kernel does: the report says
 * it.
 *
 * <pre>{@code
 * RamRange ram = RamFinder.find(pid, ceilingBytes).orElseThrow();
 * PrefaultRequest request =
 *         PrefaultRequest.more(512L << 20).balloonHeldBytes(0).hostReserveBytes(1L << 30).build();
 * PrefaultReport report = prefaulter.prefault(ram, request, new PrefaultCancel());
 * }</pre>
 */
public final class Prefaulter implements AutoCloseable {
    private final Path switches;
    private final PathRates rates = new PathRates();
    private final HugePageSwitches held;

    private Prefaulter(Path switches) {
        this.switches = switches;
        this.held = new HugePageSwitches(switches);
    }

    /**
     * Makes a prefaulter of this host. Opens nothing yet: a keeper process is started with the
     * first act that needs a global switch.
     *
     * @return the prefaulter; the caller closes it
     */
    public static Prefaulter open() {
        return new Prefaulter(HostFacts.FOLDER);
    }

    /** One that reads and writes the switches of huge pages elsewhere, for tests. */
    static Prefaulter open(Path switches) {
        return new Prefaulter(switches);
    }

    /**
     * Says what {@link #prefault(RamRange, PrefaultRequest, PrefaultCancel)} would do now, and how
     * long it would take. Reads the guest's page map, some milliseconds per GiB.
     *
     * @param ram the guest's memory
     * @param request what is wanted
     * @return the plan; unavailable, with the reason, when the process cannot be looked at
     */
    public PrefaultPlan plan(RamRange ram, PrefaultRequest request) {
        return new GuestPrefault(ram, request, facts(ram), rates).planOnly();
    }

    /**
     * Makes memory of another process resident.
     *
     * @param ram the guest's memory
     * @param request what is wanted
     * @param cancel ends it between two batches
     * @return what came of it
     */
    public PrefaultReport prefault(RamRange ram, PrefaultRequest request, PrefaultCancel cancel) {
        return new GuestPrefault(ram, request, facts(ram), rates).run(cancel, held);
    }

    /**
     * Makes a memory file that is mapped in this process resident: an embedded guest. Name the part
     * that its balloon gives back, see {@link PrefaultRequest.Builder#part}.
     *
     * @param own the mapping
     * @param request what is wanted
     * @param cancel ends it between two batches
     * @return what came of it
     */
    public PrefaultReport prefault(
            MappedMemory own, PrefaultRequest request, PrefaultCancel cancel) {
        return new OwnPrefault(own, request, rates).run(cancel);
    }

    /** Ends the keepers of the switches, after holds that are under way. Idempotent. */
    @Override
    public void close() {
        held.close();
    }

    /** Null when this kernel tells nothing. */
    private @Nullable HostFacts facts(RamRange ram) {
        try {
            return HostFacts.read(switches, ram.inode() != 0);
        } catch (IOException e) {
            return null;
        }
    }
}
