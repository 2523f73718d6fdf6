package org.foreshape.hypervisor.libvirt;

import java.util.UUID;
import org.foreshape.hypervisor.ProcessTelemetry;
import org.foreshape.ring.event.SampleSection;
import org.jspecify.annotations.Nullable;

/**
 * Memory and CPU that one domain's QEMU uses on this host, from /proc. It costs microseconds and
 * goes on while libvirt hangs.
 *
 * <p>{@link #seek} is slow and belongs on a worker; {@link #writeTo} and {@link #close} belong on
 * the sampling thread, or after its end.
 */
final class QemuUse {
    private static final long REFRESH_NS = 200_000_000;
    // CPU time comes in steps of 10 ms: over a second they are one in a hundred of a core.
    private static final long CPU_WINDOW_NS = 1_000_000_000;
    private static final long MILLICORES_PER_CORE = 1_000;

    private volatile @Nullable ProcessTelemetry process;
    private long refreshedNs;
    private long windowStartNs;
    private long windowCpuNs = SampleSection.UNKNOWN;
    private long millicores = SampleSection.UNKNOWN;

    /** Looks for the process if it is not known. */
    void seek(UUID uuid) {
        if (process == null) {
            process = QemuProcess.open(uuid);
        }
    }

    /** Whether the process is known. */
    boolean isKnown() {
        return process != null;
    }

    /** Puts the figures into a slot of a sample; leaves it as it is when they are not known. */
    void writeTo(SampleSection sample, int slot) {
        ProcessTelemetry known = process;
        if (known == null) {
            return;
        }
        long nowNs = System.nanoTime();
        if (refreshedNs == 0 || nowNs - refreshedNs >= REFRESH_NS) {
            refreshedNs = nowNs;
            if (!known.refresh()) {
                close();
                return;
            }
            takeCpu(known.cpuTimeNs(), nowNs);
        }
        sample.residentKib[slot] = known.residentKib();
        sample.cpuTimeNs[slot] = known.cpuTimeNs();
        sample.cpuMillicores[slot] = millicores;
    }

    private void takeCpu(long cpuNs, long nowNs) {
        if (windowCpuNs == SampleSection.UNKNOWN) {
            windowCpuNs = cpuNs;
            windowStartNs = nowNs;
        } else if (nowNs - windowStartNs >= CPU_WINDOW_NS) {
            millicores = (cpuNs - windowCpuNs) * MILLICORES_PER_CORE / (nowNs - windowStartNs);
            windowCpuNs = cpuNs;
            windowStartNs = nowNs;
        }
    }

    /** Lets the process go. */
    void close() {
        ProcessTelemetry known = process;
        process = null;
        windowCpuNs = SampleSection.UNKNOWN;
        millicores = SampleSection.UNKNOWN;
        if (known != null) {
            known.close();
        }
    }
}
