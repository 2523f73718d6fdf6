package org.foreshape.numasculptor;

import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.LinuxException;
import org.foreshape.nativebindings.linux.MemoryAdvice;
import org.foreshape.nativebindings.linux.PageBatch;

/** Finds out what can be done to a target, by calls that change nothing. */
final class Abilities {
    private final HostReader host;

    Abilities(HostReader host) {
        this.host = host;
    }

    Ability of(Step step, SculptTarget target, SculptRequest request) {
        Optional<String> lack =
                switch (step) {
                    case PIN -> pin(target, request.node());
                    case MOVE -> move(target, request.node());
                    case BIND -> bind(target, request.node());
                    case COLLAPSE -> collapse(target);
                    case COMPACT -> compact(request.compactNodes());
                    case COLD -> advise(target, MemoryAdvice.COLD);
                    case PAGEOUT -> pageOut(target);
                };
        return lack.map(why -> Ability.no(step, why)).orElseGet(() -> Ability.yes(step));
    }

    private Optional<String> pin(SculptTarget target, int node) {
        Pinning pinning = target.pinning();
        if (pinning == null) {
            return Optional.of("no way to pin this VM was given");
        }
        return absent(node)
                .or(() ->
                        cpus(node).isEmpty()
                                ? Optional.of("node " + node + " has no CPUs")
                                : Optional.empty())
                .or(pinning::lack);
    }

    List<Integer> cpus(int node) {
        return host.nodes().stream()
                .filter(n -> n.node() == node)
                .findFirst()
                .map(HostNode::cpus)
                .orElse(List.of());
    }

    private Optional<String> absent(int node) {
        List<Integer> online = host.nodes().stream().map(HostNode::node).toList();
        return online.contains(node)
                ? Optional.empty()
                : Optional.of("node " + node + " is not online; there are " + online);
    }

    private Optional<String> move(SculptTarget target, int node) {
        return absent(node).or(() -> query(target));
    }

    /** move_pages wants the same rights whether it moves or only asks. */
    private static Optional<String> query(SculptTarget target) {
        if (target.ranges().isEmpty()) {
            return Optional.of("no RAM of process " + target.pid() + " is known");
        }
        try (PageBatch one = PageBatch.allocate(1)) {
            one.add(target.ranges().getFirst().start(), 0);
            one.query(target.process());
            return Optional.empty();
        } catch (LinuxException e) {
            return Optional.of(
                    "move_pages: "
                            + e.symbol()
                            + (e.errno() == Errno.EPERM
                                    ? ": QEMU's own user or CAP_SYS_PTRACE is needed"
                                    : ""));
        }
    }

    private Optional<String> bind(SculptTarget target, int node) {
        Pinning pinning = target.pinning();
        return pinning == null
                ? Optional.of("no way to bind the memory of this VM was given")
                : absent(node).or(pinning::bindLack);
    }

    private static Optional<String> collapse(SculptTarget target) {
        if (target.ranges().stream().noneMatch(RamRange::canBeHuge)) {
            return Optional.of(
                    "its RAM cannot be huge: addresses and file offsets differ modulo 2 MiB, as"
                            + " with every memfd of QEMU on x86");
        }
        return query(target).or(() -> advise(target, MemoryAdvice.COLLAPSE));
    }

    private static Optional<String> advise(SculptTarget target, MemoryAdvice advice) {
        if (target.ranges().isEmpty()) {
            return Optional.of("no RAM of process " + target.pid() + " is known");
        }
        long result = target.process().tryAdvise(target.ranges().getFirst().start(), 0, advice);
        if (result >= 0) {
            return Optional.empty();
        }
        int errno = (int) -result;
        String cure =
                switch (errno) {
                    case Errno.EPERM -> ": CAP_SYS_NICE is needed";
                    case Errno.EACCES -> ": QEMU's own user or CAP_SYS_PTRACE is needed";
                    case Errno.EINVAL -> ": this kernel does not know it for other processes";
                    case Errno.ENOSYS -> ": Linux 5.10 is needed";
                    default -> "";
                };
        return Optional.of("process_madvise " + advice + ": " + Errno.symbol(errno) + cure);
    }

    private Optional<String> compact(List<Integer> nodes) {
        if (nodes.isEmpty()) {
            return Optional.of("no node to compact was named");
        }
        return nodes.stream()
                .map(node ->
                        absent(node)
                                .or(() ->
                                        Files.isWritable(host.compactFile(node))
                                                ? Optional.empty()
                                                : Optional.of(
                                                        host.compactFile(node)
                                                                + " is not writable: root and CONFIG_COMPACTION are"
                                                                + " needed")))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private Optional<String> pageOut(SculptTarget target) {
        return host.swapTotalBytes() == 0
                ? Optional.of("there is no swap: it would split huge pages and free nothing")
                : advise(target, MemoryAdvice.PAGEOUT);
    }
}
