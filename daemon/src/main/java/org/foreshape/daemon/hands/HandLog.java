package org.foreshape.daemon.hands;

import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.foreshape.prefault.warm.LearnReport;
import org.foreshape.ring.RingFullException;

/** What the hands' own threads say. */
final class HandLog {
    private static final Logger LOG = Logger.getLogger("org.foreshape.hands");

    private HandLog() {}

    static void learnt(String taskType, Path image, LearnReport report) {
        if (report.isLearnt()) {
            LOG.fine(() ->
                    "tasks of type %s read of %s: %d MiB in the last run, %d MiB kept of %d runs"
                            .formatted(
                                    taskType,
                                    image,
                                    report.readBytes() >> 20,
                                    report.learntBytes() >> 20,
                                    report.runCount()));
        } else {
            LOG.warning(() -> image + " teaches nothing of " + taskType + ": " + report.remark());
        }
    }

    static void lost(VmSeat vm, RingFullException e) {
        LOG.log(Level.WARNING, "the engine was not told what warms " + vm.name(), e);
    }
}
