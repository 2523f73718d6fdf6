package org.foreshape.daemon.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.logging.Logger;
import org.foreshape.daemon.config.Config;
import org.foreshape.daemon.config.ConfigKey;
import org.foreshape.daemon.config.ConfigReader;
import org.foreshape.daemon.config.Surroundings;
import org.foreshape.daemon.control.ControlServer;
import org.foreshape.daemon.engine.Engine;
import org.foreshape.daemon.engine.EngineControl;
import org.foreshape.daemon.engine.EngineSpec;
import org.foreshape.daemon.engine.EngineSpecs;
import org.foreshape.daemon.engine.ModelKeeping;
import org.foreshape.daemon.engine.Rehearsal;
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.daemon.models.ModelKeeper;
import org.foreshape.hypervisor.PsiWatcher;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code foreshape run}. */
@Command(
        name = "run",
        description = "Runs the daemon until SIGTERM. VMs stay as they are when it ends.")
final class RunCommand implements Callable<Integer> {
    private static final Logger LOG = Logger.getLogger(RunCommand.class.getName());

    @Option(
            names = "--connect",
            paramLabel = "URI",
            description = "A libvirt URI, or embedded (hypervisor.uri).")
    @Nullable String connect;

    @Option(names = "--config", paramLabel = "FILE", description = "The configuration.")
    @Nullable Path config;

    /** Time lost to memory within 2 s that is worth an event, in microseconds. */
    private static final long PRESSURE_STALL_US = 100_000;

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            description = "Of VMs without a policy of their own (policy.mode).")
    @Nullable String mode;

    @Option(
            names = "--journal",
            paramLabel = "DIR",
            description = "Where to record (journal.directory).")
    @Nullable Path journal;

    @Option(
            names = "--socket",
            paramLabel = "PATH",
            description = "Where to answer (control.socket).")
    @Nullable Path socket;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = "promoted, shipped, none or a file (model.path).")
    @Nullable String model;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Sets any other key, such as host.budget=60%%.")
    Map<String, String> set = new LinkedHashMap<>();

    @Option(names = "--print-config", description = "Prints the effective configuration and ends.")
    boolean printConfig;

    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        Config effective = ConfigReader.read(config, overrides(), Surroundings.ofThisProcess());
        if (printConfig) {
            out.print(effective.print());
            return ExitStatus.DONE;
        }
        ControlServer.checkFree(effective.controlSocket());
        EngineSpec engineSpec = EngineSpecs.of(effective);
        Termination termination = Termination.install();
        try (Engine engine = Engine.open(engineSpec);
                PsiWatcher pressure = new PsiWatcher(PsiWatcher.HOST_MEMORY, PRESSURE_STALL_US)) {
            EngineControl control = new EngineControl(engine, termination::request);
            try (ControlServer server = new ControlServer(effective.controlSocket(), control)) {
                server.open();
                engine.start();
                pressure.start(engine.events(), engine.clock());
                if (pressure.unavailableReason() != null) {
                    LOG.warning("the host's pressure: " + pressure.unavailableReason());
                }
                LOG.info("effective configuration:\n" + effective.print());
                LOG.info(
                        "foreshape runs on "
                                + engine.hypervisor().name()
                                + ", model "
                                + engine.forecasterDescription()
                                + ", journal "
                                + effective.journalDirectory()
                                + ", control socket "
                                + effective.controlSocket());
                try (Rehearsal _ = Rehearsal.beside(engineSpec);
                        ModelKeeper keeper =
                                ModelKeeping.of(engine, EngineSpecs.keeper(effective))) {
                    keeper.start();
                    termination.await();
                }
            }
        } finally {
            termination.finished();
        }
        out.println("foreshape stopped; the VMs stay as they are");
        return ExitStatus.DONE;
    }

    private Map<String, String> overrides() {
        Map<String, String> overrides = new LinkedHashMap<>(set);
        put(overrides, ConfigKey.HYPERVISOR_URI, connect);
        put(overrides, ConfigKey.POLICY_MODE, mode);
        put(overrides, ConfigKey.JOURNAL_DIRECTORY, journal);
        put(overrides, ConfigKey.CONTROL_SOCKET, socket);
        put(overrides, ConfigKey.MODEL_PATH, model);
        return overrides;
    }

    private static void put(Map<String, String> overrides, ConfigKey key, @Nullable Object value) {
        if (value != null) {
            overrides.put(key.path(), value.toString());
        }
    }
}
