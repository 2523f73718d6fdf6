package org.foreshape.hypervisor;

import java.io.IOException;
import java.nio.file.Path;
import org.foreshape.nativebindings.linux.LinuxMemory;
import org.foreshape.ring.event.SampleSection;

/**
 * Resident memory and CPU time of one process from /proc/PID, read without garbage. One thread at a
 * time.
 *
 * <p>The open files belong to the process that had the pid when they were opened: when it has
 * ended, reading fails, also after the pid was given to another.
 */
public final class ProcessTelemetry implements AutoCloseable {
    // After "(name) ": state ppid pgrp session tty tpgid flags minflt cminflt majflt cmajflt utime.
    private static final int USER_TIME_FIELD = 11;
    private static final int SYSTEM_TIME_FIELD = 12;
    private static final int RESIDENT_FIELD = 1;

    private final ProcFile sizes;
    private final ProcFile times;
    private final long pageKib;
    private long residentKib = SampleSection.UNKNOWN;
    private long cpuTimeNs = SampleSection.UNKNOWN;

    private ProcessTelemetry(ProcFile sizes, ProcFile times, long pageKib) {
        this.sizes = sizes;
        this.times = times;
        this.pageKib = pageKib;
    }

    /**
     * Opens the files of a process.
     *
     * @throws IOException when there is no such process, or its files may not be read
     */
    public static ProcessTelemetry open(long pid) throws IOException {
        Path folder = Path.of("/proc", Long.toString(pid));
        ProcFile sizes = new ProcFile(folder.resolve("statm"), 128);
        try {
            ProcFile times = new ProcFile(folder.resolve("stat"), 512);
            return new ProcessTelemetry(sizes, times, LinuxMemory.pageSizeBytes() / 1024);
        } catch (IOException e) {
            sizes.close();
            throw e;
        }
    }

    /**
     * Reads both figures.
     *
     * @return false when the process has ended; the figures are unknown then
     */
    public boolean refresh() {
        residentKib = SampleSection.UNKNOWN;
        cpuTimeNs = SampleSection.UNKNOWN;
        try {
            sizes.read();
            times.read();
        } catch (IOException e) {
            return false;
        }
        long residentPages = sizes.number(0, RESIDENT_FIELD);
        // The name may hold spaces and brackets itself; the last bracket ends it.
        int fields = times.lastIndexOf(')') + 1;
        long userTicks = times.number(fields, USER_TIME_FIELD);
        long systemTicks = times.number(fields, SYSTEM_TIME_FIELD);
        if (residentPages < 0 || fields == 0 || userTicks < 0 || systemTicks < 0) {
            return false;
        }
        residentKib = residentPages * pageKib;
        cpuTimeNs = (userTicks + systemTicks) * HostTelemetry.CLOCK_TICK_NS;
        return true;
    }

    /** Memory in use, shared memory included. */
    public long residentKib() {
        return residentKib;
    }

    /** CPU time of all its threads since its start, in steps of 10 ms. */
    public long cpuTimeNs() {
        return cpuTimeNs;
    }

    /** Closes the files. Idempotent. */
    @Override
    public void close() {
        sizes.close();
        times.close();
    }
}
