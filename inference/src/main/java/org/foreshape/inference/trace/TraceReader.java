package org.foreshape.inference.trace;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Streams a trace file (CSV, plain or .gz, sorted by VM, then time) and hands on one VM at a time.
 * Rows that share a bin are averaged; a bin without a row stays missing.
 *
 * <p>The header names the columns, in any order. {@code vm} and {@code t_seconds} must be there,
 * and the use and capacity of memory, of CPU, or of both; an empty value is a missing one, and so
 * is use without a capacity above 0. Columns that are not known are passed over. One thread.
 */
public final class TraceReader {
    private static final List<String> COLUMNS =
            List.of(
                    "vm",
                    "t_seconds",
                    "mem_used_mib",
                    "mem_cap_mib",
                    "cpu_used_cores",
                    "cpu_cap_cores");
    private static final int VM = 0;
    private static final int TIME = 1;
    private static final int FIRST_VALUE = 2;
    private static final int VALUES = 4;
    private static final long TIME_MAX = 1L << 37;
    private static final int BINS_MAX = 20_000_000;

    private final int gridStepSeconds;
    private final Consumer<VmTrace> sink;
    private final double[] row = new double[COLUMNS.size()];
    private final Set<String> seen = new HashSet<>();
    private int[] roleOfColumn = {};
    private @Nullable String vm;
    private long lastSeconds;
    private long stepSecondsMin;
    private long rows;
    private long firstBin;
    private int bins;
    private final float[][] sums = new float[VALUES][1 << 14];
    private final int[][] counts = new int[VALUES][1 << 14];

    /**
     * Makes a reader.
     *
     * @param gridStepSeconds seconds per bin, at least 1
     * @param sink takes each VM when its last row was read
     */
    public TraceReader(int gridStepSeconds, Consumer<VmTrace> sink) {
        if (gridStepSeconds < 1) {
            throw new IllegalArgumentException(
                    "gridStepSeconds is " + gridStepSeconds + ": give at least 1.");
        }
        this.gridStepSeconds = gridStepSeconds;
        this.sink = sink;
    }

    /**
     * Reads one file to its end.
     *
     * @param file the trace
     * @throws IOException when it cannot be read
     * @throws TraceException when it is not of the format, with the line's number
     */
    public void read(Path file) throws IOException {
        seen.clear();
        stepSecondsMin = Long.MAX_VALUE;
        rows = 0;
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
                InputStream plain =
                        file.toString().endsWith(".gz") ? new GZIPInputStream(raw, 1 << 16) : raw;
                BufferedReader lines =
                        new BufferedReader(
                                new InputStreamReader(plain, StandardCharsets.UTF_8), 1 << 16)) {
            readHeader(lines.readLine(), file);
            long number = 1;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (!line.isEmpty()) {
                    accept(line, file, number);
                }
            }
            flush();
        } catch (ZipException | EOFException e) {
            throw new TraceException(
                    file,
                    "is no whole gzip file after row "
                            + rows
                            + " ("
                            + e.getMessage()
                            + "): "
                            + "copy it again, or name it .csv when it is not compressed.");
        }
        if (rows == 0) {
            throw new TraceException(file, "has a header but no rows: give a trace with samples.");
        }
    }

    /**
     * The shortest time between two rows of one VM in the file read last.
     *
     * @return seconds; {@link Long#MAX_VALUE} when no VM has two rows
     */
    public long stepSecondsMin() {
        return stepSecondsMin;
    }

    /**
     * Rows of the file read last.
     *
     * @return the count
     */
    public long rows() {
        return rows;
    }

    private void readHeader(@Nullable String header, Path file) {
        List<String> names = header == null ? List.of() : List.of(header.strip().split(",", -1));
        roleOfColumn = names.stream().mapToInt(COLUMNS::indexOf).toArray();
        boolean memory = names.contains("mem_used_mib") && names.contains("mem_cap_mib");
        boolean cpu = names.contains("cpu_used_cores") && names.contains("cpu_cap_cores");
        if (!names.contains("vm") || !names.contains("t_seconds") || (!memory && !cpu)) {
            throw new TraceException(
                    file,
                    1,
                    "this is no trace's header. It must name vm, t_seconds, and mem_used_mib with "
                            + "mem_cap_mib or cpu_used_cores with cpu_cap_cores.");
        }
        if (new HashSet<>(names).size() < names.size()) {
            throw new TraceException(file, 1, "a column is named twice: name each once.");
        }
        Arrays.fill(row, Double.NaN);
    }

    private void accept(String line, Path file, long number) {
        int at = 0;
        int vmFrom = 0;
        int vmTo = 0;
        for (int column = 0; column < roleOfColumn.length; column++) {
            int end = line.indexOf(',', at);
            boolean last = column == roleOfColumn.length - 1;
            if (last ? end >= 0 : end < 0) {
                throw new TraceException(
                        file,
                        number,
                        "the row has "
                                + (last ? "more" : "fewer")
                                + " columns than the header's "
                                + roleOfColumn.length
                                + ": repair or remove it.");
            }
            end = last ? line.length() : end;
            int role = roleOfColumn[column];
            if (role == VM) {
                vmFrom = at;
                vmTo = end;
            } else if (role >= 0) {
                row[role] = number(line, at, end, role, file, number);
            }
            at = end + 1;
        }
        if (vmTo == vmFrom) {
            throw new TraceException(file, number, "vm is empty: name the VM of every row.");
        }
        take(line, vmFrom, vmTo, file, number);
    }

    private void take(String line, int vmFrom, int vmTo, Path file, long number) {
        double time = row[TIME];
        long seconds = (long) time;
        if (seconds != time || Math.abs(seconds) > TIME_MAX) {
            throw new TraceException(
                    file, number, "t_seconds is no whole number of seconds: give seconds.");
        }
        String current = vm;
        if (current == null
                || current.length() != vmTo - vmFrom
                || !line.startsWith(current, vmFrom)) {
            flush();
            String name = line.substring(vmFrom, vmTo);
            if (!seen.add(name)) {
                throw new TraceException(
                        file,
                        number,
                        "VM " + name + " comes a second time: sort the trace by vm, then time.");
            }
            vm = name;
            firstBin = Math.floorDiv(seconds, gridStepSeconds);
        } else if (seconds < lastSeconds) {
            throw new TraceException(
                    file,
                    number,
                    "t_seconds goes back from "
                            + lastSeconds
                            + " to "
                            + seconds
                            + ": sort the trace by vm, then time.");
        } else if (seconds > lastSeconds) {
            stepSecondsMin = Math.min(stepSecondsMin, seconds - lastSeconds);
        }
        lastSeconds = seconds;
        long bin = Math.floorDiv(seconds, gridStepSeconds) - firstBin;
        if (bin >= BINS_MAX) {
            throw new TraceException(
                    file,
                    number,
                    "t_seconds lies "
                            + bin
                            + " steps after the VM's first row, more than "
                            + BINS_MAX
                            + ": give it in seconds.");
        }
        grow((int) bin + 1);
        bins = (int) bin + 1;
        add((int) bin, 0);
        add((int) bin, 2);
        rows++;
    }

    /** Adds use and capacity of one resource; one without the other is a missing sample. */
    private void add(int bin, int value) {
        double used = row[FIRST_VALUE + value];
        double capacity = row[FIRST_VALUE + value + 1];
        if (capacity > 0 && used >= 0) {
            sums[value][bin] += (float) used;
            sums[value + 1][bin] += (float) capacity;
            counts[value][bin]++;
            counts[value + 1][bin]++;
        }
    }

    private void grow(int wanted) {
        if (wanted > sums[0].length) {
            int size = Math.max(wanted, 2 * sums[0].length);
            for (int k = 0; k < VALUES; k++) {
                sums[k] = Arrays.copyOf(sums[k], size);
                counts[k] = Arrays.copyOf(counts[k], size);
            }
        }
    }

    private void flush() {
        String finished = vm;
        if (finished != null && bins > 0) {
            float[][] means = new float[VALUES][bins];
            for (int k = 0; k < VALUES; k++) {
                for (int bin = 0; bin < bins; bin++) {
                    // 0 / 0 is NaN: missing.
                    means[k][bin] = sums[k][bin] / counts[k][bin];
                }
                Arrays.fill(sums[k], 0, bins, 0f);
                Arrays.fill(counts[k], 0, bins, 0);
            }
            sink.accept(
                    new VmTrace(
                            finished,
                            Math.toIntExact(firstBin),
                            means[0],
                            means[1],
                            means[2],
                            means[3]));
        }
        vm = null;
        bins = 0;
    }

    /** A number; an empty cell is missing. Plain decimals without a detour through a substring. */
    private static double number(
            String line, int from, int to, int role, Path file, long lineNumber) {
        if (from == to && role != TIME) {
            return Double.NaN;
        }
        long whole = 0;
        long divisor = 1;
        boolean point = false;
        boolean plain = from < to && to - from < 17;
        for (int k = from; k < to && plain; k++) {
            char c = line.charAt(k);
            if (c == '.' && !point) {
                point = true;
            } else if (c >= '0' && c <= '9') {
                whole = 10 * whole + (c - '0');
                divisor = point ? 10 * divisor : divisor;
            } else {
                plain = false;
            }
        }
        return plain
                ? (double) whole / divisor
                : unusual(line.substring(from, to), role, file, lineNumber);
    }

    private static double unusual(String text, int role, Path file, long lineNumber) {
        double value;
        try {
            value = Double.parseDouble(text);
        } catch (NumberFormatException _) {
            value = Double.NaN;
        }
        if (!Double.isFinite(value) || (value < 0 && role != TIME)) {
            throw new TraceException(
                    file,
                    lineNumber,
                    COLUMNS.get(role)
                            + " is '"
                            + text
                            + "': give a number of at least 0, or nothing when it is missing.");
        }
        return value;
    }
}
