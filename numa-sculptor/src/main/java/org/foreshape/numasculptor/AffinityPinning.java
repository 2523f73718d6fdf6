package org.foreshape.numasculptor;

import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.LinuxException;
import org.foreshape.nativebindings.linux.ThreadAffinity;

/**
 * Pins a process that nobody else manages, by sched_setaffinity(2) on each of its threads. Threads
 * that it starts later follow the one that starts them.
 */
public final class AffinityPinning implements Pinning {
    private final int pid;
    private final ProcessReader reader;

    /**
     * Pins a process of this machine.
     *
     * @param pid its number; whoever uses this holds the process by a {@link SculptTarget}
     */
    public AffinityPinning(int pid) {
        this.pid = pid;
        this.reader = ProcessReader.ofThisMachine();
    }

    @Override
    public Optional<String> lack() {
        try {
            ThreadAffinity.set(pid, ThreadAffinity.get(pid));
            return Optional.empty();
        } catch (LinuxException e) {
            return Optional.of("sched_setaffinity: " + e.symbol() + ": CAP_SYS_NICE is needed");
        }
    }

    @Override
    public Runnable pin(List<Integer> cpus) {
        BitSet wanted = CpuList.bits(cpus);
        Map<Integer, BitSet> before = new LinkedHashMap<>();
        try {
            for (ThreadNode thread : reader.threads(pid, List.of())) {
                BitSet old = CpuList.bits(thread.cpusAllowed());
                if (set(thread.tid(), wanted)) {
                    before.put(thread.tid(), old);
                }
            }
        } catch (LinuxException e) {
            before.forEach(AffinityPinning::set);
            throw e;
        }
        return () -> before.forEach(AffinityPinning::set);
    }

    /** A thread that has ended meanwhile is no failure. */
    private static boolean set(int tid, BitSet cpus) {
        try {
            ThreadAffinity.set(tid, cpus);
            return true;
        } catch (LinuxException e) {
            if (e.errno() == Errno.ESRCH) {
                return false;
            }
            throw e;
        }
    }
}
