package org.foreshape.daemon.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.nativebindings.NativeException;
import org.foreshape.prefault.pages.PageCounter;
import org.foreshape.prefault.pages.PageServer;
import org.foreshape.prefault.pages.PageServerSettings;
import org.foreshape.prefault.pages.RestoreReport;
import org.foreshape.prefault.pages.RestoreState;
import org.foreshape.prefault.pages.WorkingSetUse;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code foreshape pages}. */
@Command(
        name = "pages",
        description = {
            "Serves the memory of VMs that are restored from one snapshot, until SIGTERM: VMMs"
                    + " connect as to Firecracker's page fault handler.",
            "A keeper process holds their userfaultfds too, so a guest whose server has ended"
                    + " waits for the next one and never sees a page that is not its own."
        })
final class PagesCommand implements Callable<Integer> {
    /** Linux takes 107 bytes (unix(7)); the keeper's name is longer than the socket's. */
    private static final int SOCKET_PATH_BYTES_MAX = 90;

    private static final long LOOK_MS = 200;

    @Option(
            names = "--socket",
            paramLabel = "PATH",
            required = true,
            description = "Where VMMs connect; made for this user only.")
    Path socket = Path.of("");

    @Option(
            names = "--memory",
            paramLabel = "FILE",
            required = true,
            description = "The snapshot's memory file; it must not change while it is served.")
    Path memory = Path.of("");

    @Option(
            names = "--working-set",
            paramLabel = "FILE",
            description =
                    "Pages that a run touches are recorded here, and installed first by later"
                            + " restores.")
    @Nullable Path workingSet;

    @Option(
            names = "--record-seconds",
            paramLabel = "N",
            defaultValue = "60",
            description = "How long after its restore a run is recorded (default: 60).")
    int recordSeconds;

    @Option(
            names = "--fill-rest",
            description = "Install all other pages as well, after the working set.")
    boolean fillRest;

    @Spec CommandSpec spec = CommandSpec.create();

    private final Set<Long> told = new HashSet<>();

    @Override
    public Integer call() throws InterruptedException {
        PageServerSettings settings = settings();
        PageServer.whyUnavailable()
                .ifPresent(why -> {
                    throw Failure.missing("pages cannot be served here: " + why);
                });
        PrintWriter out = spec.commandLine().getOut();
        Termination termination = Termination.install();
        try {
            PageServer server = start(settings);
            try (server) {
                out.println("serving " + settings.memoryFile() + " on " + settings.socket());
                out.flush();
                while (!termination.await(LOOK_MS)) {
                    tell(server, out);
                }
            }
            tell(server, out);
            out.println("foreshape pages stopped");
            out.flush();
        } finally {
            termination.finished();
        }
        return ExitStatus.DONE;
    }

    private PageServerSettings settings() {
        if (recordSeconds < 1) {
            throw Failure.usage("--record-seconds is " + recordSeconds + ", must be 1 or more");
        }
        Path path = socket.toAbsolutePath().normalize();
        int lengthBytes = path.toString().getBytes(StandardCharsets.UTF_8).length;
        if (lengthBytes > SOCKET_PATH_BYTES_MAX) {
            throw Failure.usage(
                    "--socket is "
                            + lengthBytes
                            + " bytes long, must be at most "
                            + SOCKET_PATH_BYTES_MAX
                            + ": the kernel takes no longer socket path");
        }
        if (Files.isRegularFile(path) || Files.isDirectory(path)) {
            throw Failure.usage("--socket " + path + " is not a socket; name another path");
        }
        Path folder = path.getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw Failure.missing("there is no folder for --socket " + path + "; make it");
        }
        if (!Files.isRegularFile(memory)) {
            throw Failure.missing(
                    "--memory " + memory + " is no file; name the snapshot's memory file");
        }
        PageServerSettings settings =
                PageServerSettings.of(path, memory.toAbsolutePath())
                        .withKeeper(Path.of(path + ".keeper"))
                        .withFillRest(fillRest);
        Path set = workingSet;
        if (set == null) {
            return settings;
        }
        Path setFolder = set.toAbsolutePath().getParent();
        if (setFolder == null || !Files.isWritable(setFolder)) {
            throw Failure.missing(
                    "--working-set "
                            + set
                            + " lies in a folder that is not there or not writable; make it, or"
                            + " name another");
        }
        return settings.withWorkingSet(set.toAbsolutePath(), WorkingSetUse.REPLAY_OR_RECORD)
                .withLimits(recordSeconds * 1000L, settings.handshakeMs());
    }

    private static PageServer start(PageServerSettings settings) {
        try {
            return PageServer.start(settings);
        } catch (AccessDeniedException e) {
            throw Failure.missing(
                    "this user may not use " + e.getMessage() + "; change its permissions", e);
        } catch (IOException | NativeException e) {
            throw Failure.missing("pages cannot be served: " + e.getMessage(), e);
        }
    }

    /** Says what became of each restore, once. */
    private void tell(PageServer server, PrintWriter out) {
        for (RestoreReport report : server.reports()) {
            boolean over =
                    switch (report.state()) {
                        case HANDSHAKE, SERVING -> false;
                        case ENDED, REFUSED, KEPT, RELEASED, ABANDONED -> true;
                    };
            if (over && told.add(report.id())) {
                out.println(words(report));
                out.flush();
            }
        }
    }

    private static String words(RestoreReport report) {
        String what =
                switch (report.state()) {
                    case HANDSHAKE -> "connects";
                    case SERVING -> "is served";
                    case ENDED -> "has ended";
                    case REFUSED -> "was refused";
                    case KEPT -> "waits for the next server";
                    case RELEASED -> "has all its pages";
                    case ABANDONED -> "was left with pages missing";
                };
        String line =
                "restore "
                        + report.id()
                        + " of process "
                        + report.pid()
                        + " "
                        + what
                        + (report.detail().isEmpty() ? "" : ": " + report.detail());
        return report.state() == RestoreState.REFUSED
                ? line
                : line
                        + "; %d faults, %d of them from the file; pages: %d on demand, %d ahead, %d zero; a fault took p50 %.0f us, p99 %.0f us"
                                .formatted(
                                        report.count(PageCounter.FAULTS),
                                        report.count(PageCounter.DEMAND_FAULTS),
                                        report.count(PageCounter.DEMAND_PAGES),
                                        report.count(PageCounter.BATCH_PAGES),
                                        report.count(PageCounter.ZERO_PAGES),
                                        report.serviceP50Us(),
                                        report.serviceP99Us());
    }
}
