package org.foreshape.prefault;

import java.io.IOException;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.LinuxException;
import org.foreshape.nativebindings.linux.MappedMemory;
import org.foreshape.prefault.PrefaultReport.Stop;

/** Populates a memory file that is mapped in this process. */
final class OwnAct {
    private static final long BATCH_BYTES_MAX = 16 << 20;
    private static final long BATCH_BYTES_MIN = 1 << 20;

    private final MappedMemory memory;
    private final ActControl control;
    private final ActTally tally;

    OwnAct(MappedMemory memory, ActControl control, ActTally tally) {
        this.memory = memory;
        this.control = control;
        this.tally = tally;
    }

    /** Populates ranges of offsets. */
    Stop run(PageRanges wanted) throws IOException {
        long batchBytes = control.batchBytes(BATCH_BYTES_MAX, BATCH_BYTES_MIN);
        for (int i = 0; i < wanted.count(); i++) {
            for (long at = wanted.start(i); at < wanted.end(i); ) {
                long bytes = Math.min(batchBytes, wanted.end(i) - at);
                Stop stop = control.before(bytes);
                if (stop == Stop.DONE) {
                    stop = populate(at, bytes);
                }
                if (stop != Stop.DONE) {
                    return stop;
                }
                at += bytes;
            }
        }
        return Stop.DONE;
    }

    private Stop populate(long at, long bytes) {
        long startNs = System.nanoTime();
        try {
            memory.populate(at, bytes);
        } catch (LinuxException e) {
            tally.note(PrefaultStep.POPULATE_OWN, e.errno(), String.valueOf(e.getMessage()));
            return e.errno() == Errno.ENOMEM ? Stop.HOST_MEMORY : Stop.FAILED;
        } catch (IllegalStateException e) {
            // Its owner has unmapped it: the guest is gone.
            tally.note(PrefaultStep.POPULATE_OWN, 0, String.valueOf(e.getMessage()));
            return Stop.PROCESS_GONE;
        }
        tally.add(PrefaultStep.POPULATE_OWN, 1, bytes, System.nanoTime() - startNs);
        control.after(bytes);
        return Stop.DONE;
    }
}
