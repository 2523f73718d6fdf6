package org.foreshape.prefault.pages;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import org.foreshape.nativebindings.linux.Descriptor;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.Poller;
import org.foreshape.nativebindings.linux.Userfaultfd;
import org.jspecify.annotations.Nullable;

/** The parts that serve one guest, put together. */
final class RestoreWork {
    private static final int RUNS_MAX = 1 << 18;

    private final RegionTable regions;
    private final FaultServer faults;
    private final BatchInstaller batches;
    private final @Nullable WorkingSetRecorder recorder;
    private final String detail;
    private boolean restWanted;

    private RestoreWork(
            RegionTable regions,
            FaultServer faults,
            BatchInstaller batches,
            @Nullable WorkingSetRecorder recorder,
            String detail,
            boolean restWanted) {
        this.regions = regions;
        this.faults = faults;
        this.batches = batches;
        this.recorder = recorder;
        this.detail = detail;
        this.restWanted = restWanted;
    }

    static RestoreWork prepare(
            Guest guest,
            Userfaultfd uffd,
            RestoreSession.Context context,
            RestoreCounters counters,
            Arena arena)
            throws IOException {
        PageServerSettings settings = context.settings();
        PageLedger ledger = guest.ledger();
        RegionTable regions = ledger.regions();
        long hugePageBytes = 0;
        for (int i = 0; i < regions.count(); i++) {
            hugePageBytes = Math.max(hugePageBytes, regions.pageBytes(i));
        }
        Descriptor shared = guest.sharedMemory();
        PageInstaller installer =
                shared == null
                        ? new CopyInstaller(uffd, context.snapshot(), hugePageBytes, arena)
                        : new SharedInstaller(uffd, ledger, context.snapshot(), shared, arena);
        WorkingSet replay = null;
        String detail = "";
        WorkingSetUse use = settings.workingSetUse();
        if (use == WorkingSetUse.REPLAY || use == WorkingSetUse.REPLAY_OR_RECORD) {
            Path file = settings.workingSetFile();
            try {
                if (file != null && Files.exists(file)) {
                    replay = WorkingSetFile.read(file, context.snapshot()).merged();
                } else {
                    detail = "there is no working set yet at " + file;
                }
            } catch (IOException unfit) {
                detail = "the working set is not used: " + unfit.getMessage();
            }
        }
        boolean record =
                use == WorkingSetUse.RECORD
                        || (use == WorkingSetUse.REPLAY_OR_RECORD && replay == null);
        WorkingSetRecorder recorder =
                record
                        ? new WorkingSetRecorder(
                                RUNS_MAX, System.nanoTime() + settings.recordMs() * 1_000_000L)
                        : null;
        BatchInstaller batches =
                new BatchInstaller(regions, ledger, installer, counters, settings.batchPages());
        if (replay != null) {
            batches.begin(replay);
        }
        FaultServer faults =
                new FaultServer(
                        uffd,
                        regions,
                        ledger,
                        installer,
                        counters,
                        recorder,
                        settings.windowPages());
        return new RestoreWork(regions, faults, batches, recorder, detail, settings.fillRest());
    }

    FaultServer faults() {
        return faults;
    }

    BatchInstaller batches() {
        return batches;
    }

    @Nullable WorkingSetRecorder recorder() {
        return recorder;
    }

    /** What the operator should know of the start; empty when nothing. */
    String detail() {
        return detail;
    }

    /** Whether the rest of the memory is wanted and not yet begun. */
    boolean mayFillRest() {
        return restWanted;
    }

    /** Begins to install all that is not there. */
    void beginRest() {
        restWanted = false;
        int[] first = new int[regions.count()];
        int[] pages = new int[regions.count()];
        for (int i = 0; i < first.length; i++) {
            first[i] = (int) (regions.fileOffset(i) / GuestMapping.BASE_PAGE_BYTES);
            pages[i] = (int) ((regions.end(i) - regions.start(i)) / GuestMapping.BASE_PAGE_BYTES);
        }
        batches.begin(new WorkingSet(first, pages));
    }

    /** Installs all that is not there; false when a page could not be brought in within a limit. */
    boolean bringAll(Poller poller, int limitSeconds) {
        long endNs = System.nanoTime() + limitSeconds * 1_000_000_000L;
        beginRest();
        while (!batches.isDone() || faults.hasDeferred()) {
            if (faults.serve(System.nanoTime()) < 0
                    || batches.step() < 0
                    || faults.isOwnerGone()
                    || System.nanoTime() - endNs > 0) {
                return false;
            }
            if (batches.isDone()) {
                poller.await(1);
            }
        }
        return faults.serve(System.nanoTime()) >= 0;
    }

    /** Gives the memory back to the kernel alone; all of it is there, so this is safe. */
    void unregister(Userfaultfd uffd) {
        for (int i = 0; i < regions.count(); i++) {
            long result = uffd.unregister(regions.start(i), regions.end(i) - regions.start(i));
            if (result < 0 && result != -Errno.ESRCH && result != -Errno.EINVAL) {
                throw new IllegalStateException(
                        "unregistering failed: " + Errno.symbol((int) -result));
            }
        }
    }
}
