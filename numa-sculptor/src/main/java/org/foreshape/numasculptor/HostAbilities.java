package org.foreshape.numasculptor;

import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import org.foreshape.nativebindings.NativeException;
import org.foreshape.nativebindings.linux.Capability;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.MemoryAdvice;
import org.foreshape.nativebindings.linux.Privileges;
import org.foreshape.nativebindings.linux.RemoteProcess;

/** What can be done on this host at all; whether to a given VM, {@link Abilities} tells. */
final class HostAbilities {
    private static final String ALLOWED_ONLY_OWN =
            "CAP_SYS_PTRACE is lacking: only VMs of this process's own user";

    private HostAbilities() {}

    static List<Ability> of(HostReader host, Privileges rights) {
        return Arrays.stream(Step.values()).map(step -> of(step, host, rights)).toList();
    }

    private static Ability of(Step step, HostReader host, Privileges rights) {
        try {
            List<HostNode> nodes = host.nodes();
            return switch (step) {
                case PIN, MOVE, BIND ->
                        nodes.size() < 2
                                ? Ability.no(step, "this host has one NUMA node: nothing to choose")
                                : rights.has(Capability.SYS_PTRACE) || step != Step.MOVE
                                        ? Ability.yes(step)
                                        : new Ability(step, true, ALLOWED_ONLY_OWN);
                case COLLAPSE -> advise(step, MemoryAdvice.COLLAPSE, "Linux 6.1", rights);
                case COLD -> advise(step, MemoryAdvice.COLD, "Linux 5.10", rights);
                case COMPACT ->
                        nodes.stream().allMatch(n -> Files.isWritable(host.compactFile(n.node())))
                                ? Ability.yes(step)
                                : Ability.no(
                                        step,
                                        host.compactFile(nodes.getFirst().node())
                                                + " is not writable: root and CONFIG_COMPACTION are"
                                                + " needed");
                case PAGEOUT ->
                        host.swapTotalBytes() == 0
                                ? Ability.no(step, "there is no swap: it would free nothing")
                                : advise(step, MemoryAdvice.PAGEOUT, "Linux 5.10", rights);
            };
        } catch (SculptException e) {
            return Ability.no(step, String.valueOf(e.getMessage()));
        }
    }

    private static Ability advise(Step step, MemoryAdvice advice, String since, Privileges rights) {
        if (!rights.has(Capability.SYS_NICE)) {
            return Ability.no(step, "CAP_SYS_NICE is needed");
        }
        // On itself a process needs no right, so this only asks whether the kernel knows it.
        try (RemoteProcess self = RemoteProcess.open((int) ProcessHandle.current().pid())) {
            long result = self.tryAdvise(0, 0, advice);
            if (result < 0) {
                return Ability.no(
                        step, advice + ": " + Errno.symbol((int) -result) + ": needs " + since);
            }
        } catch (NativeException e) {
            return Ability.no(step, String.valueOf(e.getMessage()));
        }
        return rights.has(Capability.SYS_PTRACE)
                ? Ability.yes(step)
                : new Ability(step, true, ALLOWED_ONLY_OWN);
    }
}
