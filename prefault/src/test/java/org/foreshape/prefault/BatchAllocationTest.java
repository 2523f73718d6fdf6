package org.foreshape.prefault;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.foreshape.nativebindings.linux.RemotePages;
import org.foreshape.nativebindings.linux.SharedFile;
import org.foreshape.prefault.PrefaultReport.Stop;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A batch makes no garbage, once its code is compiled. */
class BatchAllocationTest {
    private static final int WARM_BATCHES = 30_000;
    private static final int BATCHES = 2_000;
    private static final long BLOCK = RamRange.BLOCK_BYTES;

    @TempDir private static Path folder;
    private static Path binary;

    private interface Batch {
        Stop run() throws IOException;
    }

    @BeforeAll
    static void compile() {
        binary = Target.compile(folder);
    }

    @Test
    void shouldAllocateNothingPerBatch() throws IOException {
        PrefaultRequest request = PrefaultRequest.more(1L << 40).balloonHeldBytes(0).build();
        try (Target target = Target.start(binary, "memfd-aligned", 4);
                RemotePages pages = RemotePages.open(target.pid());
                SharedFile file = RemoteFile.open(pages, target.ram());
                ActControl control =
                        new ActControl(request, new PrefaultCancel(), HostMemory.open())) {
            target.ask("fill 0 4");
            RemoteAct act = new RemoteAct(target.ram(), pages, control, new ActTally());
            long[] addresses = {target.start(), target.start() + BLOCK};
            Batch batch =
                    () -> {
                        Stop stop = act.before(2 * BLOCK);
                        if (stop == Stop.DONE && file.populate(0, 65536) == 0) {
                            stop = act.touch(PrefaultStep.TOUCH_BLOCKS, addresses, 0, 2, BLOCK);
                            stop =
                                    stop == Stop.DONE
                                            ? act.collapse(addresses[0], BLOCK, true)
                                            : stop;
                        }
                        control.after(2 * BLOCK);
                        return stop;
                    };
            run(batch, WARM_BATCHES);
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            run(batch, BATCHES);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;

            // Asking for the figure allocates a little itself; a batch that did would show 2000
            // objects.
            assertThat(allocated).isLessThan(BATCHES);
        }
    }

    private static void run(Batch batch, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            if (batch.run() != Stop.DONE) {
                throw new IllegalStateException("batch " + i + " failed");
            }
        }
    }
}
