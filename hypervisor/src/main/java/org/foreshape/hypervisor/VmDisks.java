package org.foreshape.hypervisor;

import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Where a VM's disks lie on this host, and the way to the agent in its guest. True when it was
 * asked for.
 *
 * @param pid the process that reads them, 0 when it is not known
 * @param images files and block devices of its disks, backing files included, in the order of its
 *     description; empty when there are none
 * @param agent sends a command to the guest agent and returns its answer, both JSON; throws a
 *     RuntimeException when there is none or it does not answer. Null when there is no way to it
 * @param unavailable why there are no images, one sentence; empty when there are some
 */
public record VmDisks(
        int pid, List<Path> images, @Nullable UnaryOperator<String> agent, String unavailable) {
    /** Copies the list. */
    public VmDisks {
        images = List.copyOf(images);
    }

    /** No disks, and why. */
    public static VmDisks none(String why) {
        return new VmDisks(0, List.of(), null, why);
    }
}
