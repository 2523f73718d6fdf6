package org.foreshape.numasculptor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.foreshape.nativebindings.linux.Errno;

/**
 * The step {@link Step#COMPACT}. One node takes seconds on a large host and cannot be stopped in
 * the middle; it is stopped between two nodes.
 */
final class Compactor {
    private final HostReader host;

    Compactor(HostReader host) {
        this.host = host;
    }

    StepReport compact(SculptRequest request, Pacer pacer) {
        pacer.begin();
        var failures = new ArrayList<Failure>();
        var gains = new StringBuilder();
        boolean whole = true;
        for (int node : request.compactNodes()) {
            whole = whole && !pacer.isOver();
            if (whole) {
                double before = unusable(node);
                try {
                    Files.writeString(host.compactFile(node), "1", StandardOpenOption.WRITE);
                } catch (IOException e) {
                    int errno = SculptException.errnoOf(e);
                    failures.add(
                            new Failure(
                                    "write", errno, Errno.symbol(errno), 1, 0, String.valueOf(e)));
                }
                gains.append(
                        String.format(
                                Locale.ROOT,
                                "%snode %d: unusable for huge pages %.3f -> %.3f",
                                gains.isEmpty() ? "" : "; ",
                                node,
                                before,
                                unusable(node)));
            }
        }
        StepOutcome outcome =
                !failures.isEmpty()
                        ? StepOutcome.FAILED
                        : whole ? StepOutcome.DONE : StepOutcome.STOPPED;
        return new StepReport(
                Step.COMPACT,
                outcome,
                0,
                pacer.elapsedNs(),
                pacer.pausedNs(),
                gains.toString(),
                List.copyOf(failures));
    }

    private double unusable(int wanted) {
        return host.nodes().stream()
                .filter(n -> n.node() == wanted)
                .mapToDouble(HostNode::unusableForHuge)
                .findFirst()
                .orElse(Double.NaN);
    }
}
