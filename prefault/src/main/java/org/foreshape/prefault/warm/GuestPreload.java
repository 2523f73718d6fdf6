package org.foreshape.prefault.warm;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.foreshape.prefault.warm.GuestAgent.AgentFault;
import org.foreshape.prefault.warm.PreloadReport.Method;

/**
 * Loads files into a guest's own page cache by letting the guest agent read them: with a shell in
 * the guest where {@code guest-exec} is enabled, so that no data leaves the guest, else through
 * {@code guest-file-read}. It works in pieces of 32 MiB, so that it ends soon after it is
 * cancelled. Nothing in the guest is written. Blocks the caller's thread; each call is on its own.
 */
public final class GuestPreload {
    private static final long MIB = 1 << 20;
    private static final int PIECE_MIB = 32;
    private static final int PIECE_FILES = 64;
    private static final int READ_BYTES = 1 << 20;
    private static final int FILE_COUNT_MAX = 4096;
    private static final int REMARKS_MAX = 8;
    private static final long POLL_NS_MIN = 10_000_000L;
    private static final long POLL_NS_MAX = 250_000_000L;

    /**
     * Arguments: MiB that may be read, then a path and MiB to skip for each file. For each file it
     * reaches it prints the bytes read, or a word on why it was not. A fifo would block for ever,
     * so only files and block devices are read. A dd that does not tell bytes is counted by wc,
     * whose loop over each byte some guests do at a tenth of the speed.
     */
    private static final String SCRIPT =
            """
            left=$1; shift; calm=
            command -v nice >/dev/null 2>&1 && calm='nice -n 19'
            command -v ionice >/dev/null 2>&1 && calm="ionice -c 3 $calm"
            piece() {
              LC_ALL=C $calm dd if="$file" bs=1048576 skip="$skip" count="$left" "$@"
            }
            while [ $# -ge 2 ] && [ "$left" -gt 0 ]; do
              file=$1; skip=$2; shift 2
              if [ ! -e "$file" ]; then echo absent; continue; fi
              if [ ! -f "$file" ] && [ ! -b "$file" ]; then echo 'no file'; continue; fi
              if [ ! -r "$file" ]; then echo unreadable; continue; fi
              n=$(piece of=/dev/null 2>&1 | sed -n 's/^\\([0-9][0-9]*\\) bytes.*/\\1/p')
              [ -n "$n" ] || n=$(piece 2>/dev/null | wc -c)
              echo $n
              left=$((left - (n + 1048575) / 1048576))
            done
            """;

    private final GuestAgent agent;

    /**
     * Nothing is sent yet.
     *
     * @param channel the way to the guest's agent
     */
    public GuestPreload(AgentChannel channel) {
        this.agent = new GuestAgent(channel);
    }

    /**
     * Reads files in the guest. Never throws for what the guest or its agent does: the report says
     * it. What the guest read last may still be under way for up to 32 MiB when it ends for a limit
     * or a cancellation.
     *
     * @param files absolute paths in the guest, at most 4096; of block devices the cache is kept
     *     only while someone has them open
     * @param limits how much it may take
     * @param cancelled asked between the pieces; true ends it
     * @return what came of it
     */
    public PreloadReport preload(
            List<String> files, PreloadLimits limits, BooleanSupplier cancelled) {
        if (files.size() > FILE_COUNT_MAX) {
            throw new IllegalArgumentException(
                    "at most " + FILE_COUNT_MAX + " files, not " + files.size());
        }
        for (String file : files) {
            if (!file.startsWith("/") || file.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("not an absolute path in the guest: " + file);
            }
        }
        var pass = new Pass(List.copyOf(files), limits, cancelled);
        try {
            Set<String> enabled = agent.enabledCommands();
            if (enabled.contains("guest-exec") && enabled.contains("guest-exec-status")) {
                pass.byShell();
            } else if (enabled.containsAll(
                    Set.of("guest-file-open", "guest-file-read", "guest-file-close"))) {
                pass.byReading();
            } else {
                pass.unavailable(
                        "the guest agent has disabled guest-exec and guest-file-read; allow one of"
                                + " them in the guest's qemu-ga configuration");
            }
        } catch (AgentFault e) {
            pass.fault(String.valueOf(e.getMessage()));
        }
        return pass.report();
    }

    /** One call's state. */
    private final class Pass {
        private final List<String> files;
        private final PreloadLimits limits;
        private final BooleanSupplier cancelled;
        private final long startNs = System.nanoTime();
        private final List<String> remarks = new ArrayList<>();
        private Method method = Method.NONE;
        private WarmEnd end = WarmEnd.DONE;
        private long readBytes;
        private int fileCount;
        private int next;
        private long skipMib;
        private int unreadCount;

        private Pass(List<String> files, PreloadLimits limits, BooleanSupplier cancelled) {
            this.files = files;
            this.limits = limits;
            this.cancelled = cancelled;
        }

        private void byShell() throws AgentFault {
            while (next < files.size() && mayGoOn(MIB)) {
                long pieceMib = Math.min(PIECE_MIB, (limits.bytesMax() - readBytes) / MIB);
                List<String> arguments =
                        new ArrayList<>(
                                List.of("-c", SCRIPT, "foreshape", Long.toString(pieceMib)));
                int last = Math.min(files.size(), next + PIECE_FILES);
                for (int file = next; file < last; file++) {
                    arguments.add(files.get(file));
                    arguments.add(Long.toString(file == next ? skipMib : 0));
                }
                long pid;
                try {
                    pid = agent.exec("/bin/sh", arguments);
                } catch (AgentFault e) {
                    if (method == Method.NONE) {
                        // A guest without a shell can still be read file by file.
                        remark(String.valueOf(e.getMessage()));
                        byReading();
                        return;
                    }
                    throw e;
                }
                method = Method.EXEC;
                GuestAgent.ExecStatus status = await(pid);
                if (status.exited()) {
                    take(status, pieceMib);
                }
            }
        }

        private GuestAgent.ExecStatus await(long pid) throws AgentFault {
            long pauseNs = POLL_NS_MIN;
            GuestAgent.ExecStatus status = agent.execStatus(pid);
            while (!status.exited() && mayGoOn(0)) {
                LockSupport.parkNanos(pauseNs);
                pauseNs = Math.min(POLL_NS_MAX, pauseNs * 2);
                status = agent.execStatus(pid);
            }
            return status;
        }

        private void take(GuestAgent.ExecStatus status, long pieceMib) throws AgentFault {
            if (status.exitCode() != 0 || status.output().isBlank()) {
                throw new AgentFault(
                        "the guest's shell ended with status "
                                + status.exitCode()
                                + " and wrote: "
                                + status.output().strip());
            }
            long leftMib = pieceMib;
            for (String line : status.output().lines().toList()) {
                String word = line.strip();
                if (!word.isEmpty() && word.chars().allMatch(Character::isDigit)) {
                    long bytes = Long.parseLong(word);
                    readBytes += bytes;
                    if (bytes >= leftMib * MIB) {
                        skipMib += leftMib;
                        return;
                    }
                    leftMib -= (bytes + MIB - 1) / MIB;
                    fileCount++;
                } else {
                    unread(files.get(next), word);
                }
                next++;
                skipMib = 0;
            }
        }

        private void byReading() throws AgentFault {
            method = Method.FILE_READ;
            for (; next < files.size() && mayGoOn(1); next++) {
                long handle;
                try {
                    handle = agent.openFile(files.get(next));
                } catch (AgentFault e) {
                    unread(files.get(next), String.valueOf(e.getMessage()));
                    continue;
                }
                try {
                    boolean isLast = false;
                    while (!isLast && mayGoOn(1)) {
                        long left = limits.bytesMax() - readBytes;
                        GuestAgent.Piece piece =
                                agent.readFile(handle, (int) Math.min(READ_BYTES, left));
                        readBytes += piece.bytes();
                        isLast = piece.isLast() || piece.bytes() == 0;
                    }
                    fileCount += isLast ? 1 : 0;
                } finally {
                    agent.closeFile(handle);
                }
            }
        }

        private boolean mayGoOn(long moreBytes) {
            Duration limit = limits.durationMax();
            if (end != WarmEnd.DONE) {
                return false;
            }
            if (cancelled.getAsBoolean() || Thread.currentThread().isInterrupted()) {
                stop(WarmEnd.CANCELLED, "it was withdrawn");
            } else if (System.nanoTime() - startNs >= limit.toNanos()) {
                stop(WarmEnd.TIME_LIMIT, "the limit is " + limit);
            } else if (readBytes + moreBytes > limits.bytesMax()) {
                stop(WarmEnd.BYTE_LIMIT, "the limit is " + limits.bytesMax() + " bytes");
            }
            return end == WarmEnd.DONE;
        }

        private void stop(WarmEnd why, String remark) {
            end = why;
            remarks.add(remark);
        }

        private void unread(String file, String why) {
            unreadCount++;
            remark(file + " was not read: " + why);
        }

        private void remark(String remark) {
            if (remarks.size() < REMARKS_MAX) {
                remarks.add(remark);
            }
        }

        private void fault(String why) {
            if (method == Method.NONE) {
                unavailable(why);
            } else {
                stop(WarmEnd.FAILED, why);
            }
        }

        private void unavailable(String why) {
            end = WarmEnd.UNAVAILABLE;
            remarks.clear();
            remarks.add("unavailable: " + why);
        }

        private PreloadReport report() {
            if (unreadCount > REMARKS_MAX) {
                remarks.add(unreadCount + " files were not read in all");
            }
            return new PreloadReport(
                    method,
                    end,
                    readBytes,
                    fileCount,
                    System.nanoTime() - startNs,
                    String.join("; ", remarks));
        }
    }
}
