package org.foreshape.hypervisor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.foreshape.ring.event.SampleSection;
import org.jspecify.annotations.Nullable;

/**
 * Memory, CPU and memory pressure of this host from /proc, read without garbage. One thread at a
 * time.
 *
 * @see <a href="https://docs.kernel.org/filesystems/proc.html">The /proc file system</a>
 * @see <a href="https://docs.kernel.org/accounting/psi.html">PSI</a>
 */
public final class HostTelemetry implements AutoCloseable {
    /** The unit of CPU times in /proc, which is the same on all machines Linux offers JVMs for. */
    static final long CLOCK_TICK_NS = 10_000_000;

    // A tick is 10 ms: over less than this the share of a core would be mostly rounding.
    private static final long CPU_INTERVAL_NS_MIN = 200_000_000;
    private static final byte[] TOTAL = ProcFile.text("MemTotal:");
    private static final byte[] AVAILABLE = ProcFile.text("MemAvailable:");
    private static final byte[] CPU = ProcFile.text("cpu ");
    private static final byte[] STALL = ProcFile.text("total=");
    private static final int IDLE_FIELD = 3;
    private static final int IOWAIT_FIELD = 4;
    private static final int STEAL_FIELD = 7;

    private final ProcFile memory;
    private final ProcFile cpu;
    private final @Nullable ProcFile pressure;
    private long cpuTicks = SampleSection.UNKNOWN;
    private long cpuNanoTime;
    private long memoryKib = SampleSection.UNKNOWN;
    private long availableKib = SampleSection.UNKNOWN;
    private long cpuMillicores = SampleSection.UNKNOWN;
    private long memoryStallNs = SampleSection.UNKNOWN;

    private HostTelemetry(ProcFile memory, ProcFile cpu, @Nullable ProcFile pressure) {
        this.memory = memory;
        this.cpu = cpu;
        this.pressure = pressure;
    }

    /**
     * Opens the files of this host. A kernel without PSI leaves the stall unknown.
     *
     * @throws HypervisorException when /proc cannot be read
     */
    public static HostTelemetry open() {
        return open(Path.of("/proc"));
    }

    static HostTelemetry open(Path proc) {
        try {
            Path psi = proc.resolve("pressure/memory");
            ProcFile memory = new ProcFile(proc.resolve("meminfo"), 1024);
            ProcFile cpu = new ProcFile(proc.resolve("stat"), 512);
            return new HostTelemetry(
                    memory, cpu, Files.isReadable(psi) ? new ProcFile(psi, 512) : null);
        } catch (IOException e) {
            throw new HypervisorException(
                    "cannot read the host's figures in "
                            + proc
                            + " ("
                            + e.getMessage()
                            + "): run on Linux with /proc mounted",
                    e);
        }
    }

    /** Reads all figures; one that cannot be read becomes unknown. */
    public void refresh() {
        long nowNs = System.nanoTime();
        memoryKib = SampleSection.UNKNOWN;
        availableKib = SampleSection.UNKNOWN;
        memoryStallNs = SampleSection.UNKNOWN;
        try {
            memory.read();
            memoryKib = memory.number(memory.after(TOTAL, 0), 0);
            availableKib = memory.number(memory.after(AVAILABLE, 0), 0);
            if (cpuTicks < 0 || nowNs - cpuNanoTime >= CPU_INTERVAL_NS_MIN) {
                cpu.read();
                takeCpu(nowNs);
            }
            if (pressure != null) {
                pressure.read();
                long stallUs = pressure.number(pressure.after(STALL, 0), 0);
                memoryStallNs = stallUs < 0 ? SampleSection.UNKNOWN : stallUs * 1_000;
            }
        } catch (IOException e) {
            // What was not read stays unknown, which is what its readers must be told.
            cpuTicks = SampleSection.UNKNOWN;
        }
    }

    /** Puts the figures of the last {@link #refresh} into a sample. */
    public void writeTo(SampleSection sample) {
        sample.hostMemoryKib = memoryKib;
        sample.hostAvailableKib = availableKib;
        sample.hostCpuMillicores = cpuMillicores;
        sample.hostMemoryStallNs = memoryStallNs;
    }

    /** Memory of the host. */
    public long memoryKib() {
        return memoryKib;
    }

    /** Memory of the host that is available without swapping. */
    public long availableKib() {
        return availableKib;
    }

    private void takeCpu(long nowNs) {
        int fields = cpu.after(CPU, 0);
        long busyTicks = 0;
        // user nice system idle iowait irq softirq steal; guest times are part of user.
        for (int field = 0; field <= STEAL_FIELD; field++) {
            if (field != IDLE_FIELD && field != IOWAIT_FIELD) {
                busyTicks += Math.max(0, cpu.number(fields, field));
            }
        }
        if (cpuTicks >= 0) {
            long busyNs = (busyTicks - cpuTicks) * CLOCK_TICK_NS;
            cpuMillicores = Math.max(0, busyNs * 1_000 / (nowNs - cpuNanoTime));
        }
        cpuTicks = busyTicks;
        cpuNanoTime = nowNs;
    }

    /** Closes the files. Idempotent. */
    @Override
    public void close() {
        memory.close();
        cpu.close();
        if (pressure != null) {
            pressure.close();
        }
    }
}
