package org.foreshape.daemon.cli;

import java.io.PrintWriter;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.foreshape.daemon.control.BadRequestException;
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.hypervisor.HypervisorException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The command line as a whole. */
@Command(
        name = "foreshape",
        description = "Shapes the virtual machines of one hypervisor before their load arrives.",
        mixinStandardHelpOptions = true,
        versionProvider = Cli.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Exit status: 0 done, 1 a check failed, 2 usage, 3 something needed is missing."
        },
        subcommands = {
            DemoCommand.class,
            RunCommand.class,
            RestoreCommand.class,
            DoctorCommand.class,
            PagesCommand.class,
            TrainCommand.class,
            EvaluateCommand.class,
            SimulateCommand.class,
            JournalCommand.class,
            ReplayCommand.class,
            TunerCommand.class,
            StatusCommand.class,
            TopCommand.class,
            ExplainCommand.class,
            AnnounceCommand.class,
            ModeCommand.class,
            ModelCommand.class,
            ModelsCommand.class,
            PauseCommand.class,
            ResumeCommand.class
        })
public final class Cli {
    private static final Logger LOG = Logger.getLogger(Cli.class.getName());

    private Cli() {}

    /** Runs one command; returns its exit status, one of {@link ExitStatus}. */
    public static int run(String[] args, PrintWriter out, PrintWriter err) {
        CommandLine commandLine = new CommandLine(new Cli());
        giveHelp(commandLine);
        commandLine.setOut(out);
        commandLine.setErr(err);
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setExecutionExceptionHandler((e, command, parsed) -> {
            out.flush();
            return explain(e, err);
        });
        int status = args.length == 0 ? usage(commandLine, err) : commandLine.execute(args);
        out.flush();
        err.flush();
        return status;
    }

    /** Every command tells its options, but for train: the trainer has its own. */
    private static void giveHelp(CommandLine commandLine) {
        for (CommandLine command : commandLine.getSubcommands().values()) {
            if (!(command.getCommand() instanceof TrainCommand)) {
                command.getCommandSpec().mixinStandardHelpOptions(true);
                giveHelp(command);
            }
        }
    }

    private static int usage(CommandLine commandLine, PrintWriter err) {
        commandLine.usage(err);
        return ExitStatus.USAGE;
    }

    /** One sentence for what the operator can cure, the whole trace for a fault of ours. */
    private static int explain(Exception e, PrintWriter err) {
        return switch (e) {
            case Failure failure -> say(err, failure.getMessage(), failure.exitStatus());
            case HypervisorException gone -> say(err, gone.getMessage(), ExitStatus.MISSING);
            case BadRequestException request -> say(err, request.getMessage(), ExitStatus.USAGE);
            default -> {
                LOG.log(Level.SEVERE, "internal fault", e);
                yield say(err, "internal fault: " + e, ExitStatus.CHECK_FAILED);
            }
        };
    }

    private static int say(PrintWriter err, @Nullable String sentence, int exitStatus) {
        err.println("foreshape: " + sentence);
        return exitStatus;
    }

    /** The version, from the jar or the module. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Cli.class.getPackage().getImplementationVersion();
            return new String[] {
                "foreshape " + (version == null ? "(built from source)" : version)
            };
        }
    }
}
