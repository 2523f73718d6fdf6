package org.foreshape.hypervisor.embedded;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.foreshape.hypervisor.HypervisorException;

/**
 * Reads recorded use of VMs from a trace file: CSV, plain or gzip, with the header {@link #HEADER},
 * sorted by VM, then time.
 */
public final class TraceFile {
    /** The columns, in order. */
    public static final String HEADER =
            "vm,t_seconds,cpu_used_cores,cpu_cap_cores,mem_used_mib,mem_cap_mib,"
                    + "disk_read_kbps,disk_write_kbps,net_rx_kbps,net_tx_kbps";

    private static final int COLUMN_COUNT = 10;
    private static final int GZIP_MAGIC_FIRST = 0x1f;

    private TraceFile() {}

    /**
     * One recorded VM. The arrays are as long as it has samples and are not to be changed.
     *
     * @param vm its name in the file
     * @param timeSeconds when each sample was taken; the first is 0
     * @param memoryShare memory in use, as a share of its capacity, 0 to 1
     * @param cpuShare CPU in use, as a share of its capacity, 0 to 1
     */
    // Arrays, since a trace has millions of samples; the record is a carrier and is never compared.
    @SuppressWarnings("ArrayRecordComponent")
    public record Series(String vm, long[] timeSeconds, float[] memoryShare, float[] cpuShare) {}

    /**
     * Reads the first VMs of a file.
     *
     * @param vmCountMax how many at most; the rest of the file is not looked at
     * @return at least one VM
     * @throws HypervisorException when the file cannot be read or is not a trace; names file, line
     *     and cure
     */
    public static List<Series> read(Path file, int vmCountMax) {
        List<Series> found = new ArrayList<>();
        try (BufferedReader lines = open(file)) {
            String header = lines.readLine();
            if (!HEADER.equals(header)) {
                throw new HypervisorException(
                        file + ": the first line is not a trace's header; it must be: " + HEADER);
            }
            Growing growing = null;
            int lineNumber = 1;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                lineNumber++;
                String[] fields = line.split(",", -1);
                if (fields.length != COLUMN_COUNT) {
                    throw bad(file, lineNumber, fields.length + " columns instead of 10");
                }
                if (growing == null || !growing.vm.equals(fields[0])) {
                    if (growing != null) {
                        found.add(growing.series());
                    }
                    if (found.size() == vmCountMax) {
                        return found;
                    }
                    growing = new Growing(fields[0]);
                }
                growing.add(file, lineNumber, fields);
            }
            if (growing != null) {
                found.add(growing.series());
            }
        } catch (IOException e) {
            throw new HypervisorException(
                    file + ": cannot be read (" + e + "); check the path and the file", e);
        }
        if (found.isEmpty()) {
            throw new HypervisorException(file + ": holds a header, but no sample of any VM");
        }
        return found;
    }

    private static HypervisorException bad(Path file, int lineNumber, String fault) {
        return new HypervisorException(
                file + ": line " + lineNumber + " has " + fault + "; the columns are " + HEADER);
    }

    // The stream is handed to the reader, which the caller closes.
    @SuppressWarnings("resource")
    private static BufferedReader open(Path file) throws IOException {
        InputStream bytes = new BufferedInputStream(Files.newInputStream(file));
        try {
            bytes.mark(1);
            int first = bytes.read();
            bytes.reset();
            InputStream plain = first == GZIP_MAGIC_FIRST ? new GZIPInputStream(bytes) : bytes;
            return new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8));
        } catch (IOException e) {
            bytes.close();
            throw e;
        }
    }

    /** A series while its rows come in. */
    private static final class Growing {
        private final String vm;
        private long[] times = new long[256];
        private float[] memory = new float[256];
        private float[] cpu = new float[256];
        private int count;

        Growing(String vm) {
            this.vm = vm;
        }

        void add(Path file, int lineNumber, String[] fields) {
            try {
                long timeSeconds = Long.parseLong(fields[1]);
                if (count > 0 && timeSeconds <= times[count - 1]) {
                    throw bad(file, lineNumber, "a time that is not after the one before");
                }
                if (count == times.length) {
                    times = Arrays.copyOf(times, count * 2);
                    memory = Arrays.copyOf(memory, count * 2);
                    cpu = Arrays.copyOf(cpu, count * 2);
                }
                times[count] = timeSeconds;
                cpu[count] = share(fields[2], fields[3]);
                memory[count] = share(fields[4], fields[5]);
                count++;
            } catch (NumberFormatException e) {
                throw bad(file, lineNumber, "a field that is no number (" + e.getMessage() + ")");
            }
        }

        /** Empty columns are allowed, as a trace may know memory or CPU alone. */
        private static float share(String used, String capacity) {
            if (used.isEmpty() || capacity.isEmpty()) {
                return 0;
            }
            double cap = Double.parseDouble(capacity);
            return cap > 0 ? (float) Math.clamp(Double.parseDouble(used) / cap, 0.0, 1.0) : 0;
        }

        Series series() {
            long firstSeconds = times[0];
            long[] fromZero = Arrays.copyOf(times, count);
            for (int i = 0; i < count; i++) {
                fromZero[i] -= firstSeconds;
            }
            return new Series(
                    vm, fromZero, Arrays.copyOf(memory, count), Arrays.copyOf(cpu, count));
        }
    }
}
