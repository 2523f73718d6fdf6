package org.foreshape.lab;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The client of a guest's workload, which holds blocks of 1 MiB, each word of them written and
 * known. The workload does one thing at a time: a request waits for those before it, within its own
 * limit. Methods may be called from any thread.
 *
 * <p>All throw {@link WorkloadKilledException} when the workload died before it answered, {@link
 * GuestGoneException} when the guest ended, and {@link LabTimeoutException} when there was no
 * answer in time.
 */
public final class GuestControl implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final Pattern SIZE = Pattern.compile("(?:set|fill) (\\d+) in [0-9.]+ s");
    private static final Pattern SUM =
            Pattern.compile("sum blocks=(\\d+) bad=(\\d+) in ([0-9.]+) s");
    private static final Pattern TOUCH = Pattern.compile("touch in ([0-9.]+) s");
    private static final Pattern CLOCK = Pattern.compile("clock (\\d+)");
    private static final Pattern MEMORY =
            Pattern.compile(
                    "MemTotal=(\\d+) MemFree=(\\d+) MemAvailable=(\\d+)"
                            + " Cached=(\\d+) AnonPages=(\\d+)");

    /** Also what ends the answer to a shell command, whose lines before are any. */
    private static final Pattern SHELL = Pattern.compile("rc=(\\d+) in ([0-9.]+) s");

    private final Guest guest;
    private final ControlSocket socket;
    private final ReentrantLock lock = new ReentrantLock(true);

    GuestControl(Guest guest, Path path) {
        this.guest = guest;
        this.socket = new ControlSocket(guest, path);
    }

    /**
     * Makes the workload hold as many blocks, and returns when every word of them is written.
     *
     * @param blocks number of blocks of 1 MiB
     * @return the number held, less where the guest's kernel refused
     */
    public int setBlocks(int blocks) {
        return Integer.parseInt(ask("set " + blocks, SIZE, LIMIT).group(1));
    }

    /**
     * Starts to fill at once, at full speed.
     *
     * @param blocks number of blocks of 1 MiB that the workload shall hold in the end
     * @param limit how long it may take
     * @return comes when it has ended, in whatever way; never exceptionally
     */
    public CompletableFuture<FillResult> fill(int blocks, Duration limit) {
        return fillAt(System.nanoTime(), blocks, 0, limit);
    }

    /**
     * Starts to fill at a moment, on a thread of its own.
     *
     * @param startNs the moment, by {@link System#nanoTime()}; the past means at once
     * @param blocks number of blocks of 1 MiB that the workload shall hold in the end
     * @param blocksPerSecond how fast it may grow at most; 0: as fast as it can
     * @param limit how long it may take from its start
     * @return comes when it has ended, in whatever way; never exceptionally
     */
    public CompletableFuture<FillResult> fillAt(
            long startNs, int blocks, double blocksPerSecond, Duration limit) {
        var result = new CompletableFuture<FillResult>();
        Thread.ofPlatform()
                .daemon()
                .name("lab-fill-" + guest.spec().name())
                .start(() -> result.complete(runFill(startNs, blocks, blocksPerSecond, limit)));
        return result;
    }

    /** Computes every word of every block anew, and compares. */
    public SumResult sum() {
        Matcher answer = ask("sum", SUM, LIMIT);
        return new SumResult(
                Integer.parseInt(answer.group(1)),
                Long.parseLong(answer.group(2)),
                Double.parseDouble(answer.group(3)));
    }

    /**
     * Reads one word of every page of every block.
     *
     * @return how long it took by the guest's clock, seconds
     */
    public double touch() {
        return Double.parseDouble(ask("touch", TOUCH, LIMIT).group(1));
    }

    /** The guest's CLOCK_MONOTONIC, ns. */
    public long clockNs() {
        return Long.parseLong(ask("clock", CLOCK, LIMIT).group(1));
    }

    /** The guest's memory as its kernel tells it. */
    public MemInfo memInfo() {
        return memInfo(LIMIT);
    }

    /**
     * The guest's memory as its kernel tells it.
     *
     * @param limit how long it may take
     */
    public MemInfo memInfo(Duration limit) {
        Matcher answer = ask("mi", MEMORY, limit);
        return new MemInfo(
                Long.parseLong(answer.group(1)),
                Long.parseLong(answer.group(2)),
                Long.parseLong(answer.group(3)),
                Long.parseLong(answer.group(4)),
                Long.parseLong(answer.group(5)));
    }

    /**
     * Runs a shell command in the guest (busybox), as root.
     *
     * @param command one line
     * @param limit how long it may take
     * @return its output and exit status
     */
    public ShellResult sh(String command, Duration limit) {
        List<String> lines = exchange("sh " + command, SHELL, limit);
        Matcher answer = SHELL.matcher(lines.getLast());
        if (!answer.matches()) {
            throw unexpected("sh " + command, lines);
        }
        var output = new StringBuilder();
        for (String line : lines.subList(0, lines.size() - 1)) {
            output.append(line).append('\n');
        }
        return new ShellResult(
                output.toString(),
                Integer.parseInt(answer.group(1)),
                Double.parseDouble(answer.group(2)));
    }

    /** Drops the connection. The next request makes a new one. */
    @Override
    public void close() {
        socket.close();
    }

    private FillResult runFill(long startNs, int blocks, double blocksPerSecond, Duration limit) {
        for (long left = startNs - System.nanoTime(); left > 0; ) {
            LockSupport.parkNanos(left);
            left = startNs - System.nanoTime();
        }
        long sentNs = System.nanoTime();
        try {
            Matcher answer = ask("fill " + blocks + " " + blocksPerSecond, SIZE, limit);
            int held = Integer.parseInt(answer.group(1));
            var end = held == blocks ? FillResult.End.DONE : FillResult.End.SHORT;
            String detail = held == blocks ? "" : "only " + held + " blocks";
            return new FillResult(sentNs, System.nanoTime(), blocks, held, end, detail);
        } catch (RuntimeException e) {
            FillResult.End end =
                    switch (e) {
                        case WorkloadKilledException killed -> FillResult.End.KILLED;
                        case LabTimeoutException late -> FillResult.End.TIMED_OUT;
                        default -> FillResult.End.GONE;
                    };
            return new FillResult(sentNs, System.nanoTime(), blocks, 0, end, String.valueOf(e));
        }
    }

    private Matcher ask(String request, Pattern pattern, Duration limit) {
        List<String> lines = exchange(request, pattern, limit);
        Matcher answer = pattern.matcher(lines.getLast());
        if (lines.size() != 1 || !answer.matches()) {
            throw unexpected(request, lines);
        }
        return answer;
    }

    private List<String> exchange(String request, Pattern last, Duration limit) {
        long deadlineNs = System.nanoTime() + limit.toNanos();
        boolean locked = false;
        try {
            locked = lock.tryLock(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!locked) {
            throw new LabTimeoutException(
                    "'" + request + "' waited in vain for the request before it");
        }
        try {
            return socket.exchange(request, last, deadlineNs);
        } finally {
            lock.unlock();
        }
    }

    private LabException unexpected(String request, List<String> lines) {
        return new LabException(guest.domainName() + " answered '" + request + "' with " + lines);
    }
}
