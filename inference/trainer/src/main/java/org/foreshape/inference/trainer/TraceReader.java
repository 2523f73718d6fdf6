package org.foreshape.inference.trainer;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Streams a trace file (CSV, plain or .gz, sorted by VM, then time) and hands on one VM at a time.
 * Rows that share a bin are averaged; a bin without a row stays missing.
 */
final class TraceReader {
    static final String HEADER =
            "vm,t_seconds,cpu_used_cores,cpu_cap_cores,mem_used_mib,mem_cap_mib,"
                    + "disk_read_kbps,disk_write_kbps,net_rx_kbps,net_tx_kbps";

    private static final int COLUMNS_USED = 6;

    private final int gridStepSeconds;
    private final Consumer<VmTrace> sink;
    private final double[] row = new double[COLUMNS_USED];
    private @Nullable String vm;
    private long firstBin;
    private int bins;
    private float[][] sums = new float[4][1 << 14];
    private int[] counts = new int[1 << 14];

    TraceReader(int gridStepSeconds, Consumer<VmTrace> sink) {
        this.gridStepSeconds = gridStepSeconds;
        this.sink = sink;
    }

    /**
     * Reads one file to its end.
     *
     * @throws IOException when it cannot be read
     * @throws IllegalArgumentException when a line is not of the format, with its number
     */
    void read(Path file) throws IOException {
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
                InputStream plain =
                        file.toString().endsWith(".gz") ? new GZIPInputStream(raw, 1 << 16) : raw;
                BufferedReader lines =
                        new BufferedReader(
                                new InputStreamReader(plain, StandardCharsets.US_ASCII), 1 << 16)) {
            String header = lines.readLine();
            if (!HEADER.equals(header)) {
                throw new IllegalArgumentException(
                        file + " is no trace: its first line must be " + HEADER);
            }
            long number = 1;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                accept(line, file, number);
            }
            flush();
        }
    }

    private void accept(String line, Path file, long number) {
        int comma = line.indexOf(',');
        if (comma < 1) {
            throw bad(file, number, "has no columns");
        }
        int at = comma + 1;
        for (int column = 1; column < COLUMNS_USED; column++) {
            int end = line.indexOf(',', at);
            if (end < 0) {
                throw bad(file, number, "has fewer than " + COLUMNS_USED + " columns");
            }
            row[column] = number(line, at, end);
            at = end + 1;
        }
        if (vm == null || !line.startsWith(vm) || comma != vm.length()) {
            flush();
            vm = line.substring(0, comma);
            firstBin = Math.floorDiv((long) row[1], gridStepSeconds);
        }
        long bin = Math.floorDiv((long) row[1], gridStepSeconds) - firstBin;
        if (bin < bins - 1) {
            throw bad(file, number, "goes back in time");
        }
        if (bin > 50_000_000) {
            throw bad(file, number, "lies too far from the VM's first row");
        }
        grow((int) bin + 1);
        bins = (int) bin + 1;
        sums[0][(int) bin] += (float) row[4];
        sums[1][(int) bin] += (float) row[5];
        sums[2][(int) bin] += (float) row[2];
        sums[3][(int) bin] += (float) row[3];
        counts[(int) bin]++;
    }

    private void grow(int wanted) {
        if (wanted > counts.length) {
            int size = Math.max(wanted, 2 * counts.length);
            for (int k = 0; k < sums.length; k++) {
                sums[k] = Arrays.copyOf(sums[k], size);
            }
            counts = Arrays.copyOf(counts, size);
        }
    }

    private void flush() {
        if (vm != null && bins > 0) {
            float[][] means = new float[sums.length][bins];
            for (int k = 0; k < sums.length; k++) {
                for (int bin = 0; bin < bins; bin++) {
                    // 0 / 0 is NaN: missing.
                    means[k][bin] = sums[k][bin] / counts[bin];
                }
                Arrays.fill(sums[k], 0, bins, 0f);
            }
            Arrays.fill(counts, 0, bins, 0);
            sink.accept(
                    new VmTrace(
                            vm, Math.toIntExact(firstBin), means[0], means[1], means[2], means[3]));
        }
        vm = null;
        bins = 0;
    }

    /** A number; an empty cell is missing. Plain decimals without a detour through a substring. */
    private static double number(String line, int from, int to) {
        if (from == to) {
            return Double.NaN;
        }
        long whole = 0;
        long divisor = 1;
        boolean point = false;
        for (int k = from; k < to; k++) {
            char c = line.charAt(k);
            if (c == '.' && !point) {
                point = true;
            } else if (c >= '0' && c <= '9' && to - from < 17) {
                whole = 10 * whole + (c - '0');
                if (point) {
                    divisor *= 10;
                }
            } else {
                return Double.parseDouble(line.substring(from, to));
            }
        }
        return (double) whole / divisor;
    }

    private static IllegalArgumentException bad(Path file, long number, String what) {
        return new IllegalArgumentException(
                file + ", line " + number + " " + what + ": sort the trace by VM, then time.");
    }
}
