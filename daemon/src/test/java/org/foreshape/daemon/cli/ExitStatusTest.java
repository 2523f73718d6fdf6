package org.foreshape.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.foreshape.daemon.cli.ChildProcess.Result;
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.nativebindings.linux.MemoryAct;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each command line is run in a process of its own. */
class ExitStatusTest {
    @TempDir Path folder;

    private Result run(String... arguments) throws IOException, InterruptedException {
        return ChildProcess.run(folder, arguments);
    }

    @Test
    void shouldTakeAWrongCommandLineAsUsage() throws Exception {
        assertThat(run("lunch").exitStatus()).isEqualTo(ExitStatus.USAGE);
        Result bad = run("demo", "--vms", "1", "--speed", "0");
        assertThat(bad.exitStatus()).isEqualTo(ExitStatus.USAGE);
        assertThat(bad.err())
                .contains("--vms is 1, must be 2 to 256; --speed is 0.0, must be 1 to 1000");
    }

    @Test
    void shouldTellTheOptionsOfACommand() throws Exception {
        Result help = run("demo", "--help");
        assertThat(help.exitStatus()).as(help.err()).isEqualTo(ExitStatus.DONE);
        assertThat(help.out()).contains("Usage: foreshape demo", "--seconds=N", "--speed=X");
        assertThat(run("journal", "tail", "--help").out())
                .contains("Usage: foreshape journal tail");
    }

    @Test
    void shouldListTheFaultsOfAConfiguration() throws Exception {
        Path yaml = folder.resolve("f.yaml");
        Files.writeString(yaml, "host:\n  budgett: 5\njournal: [\n");
        Result malformed = run("run", "--config", yaml.toString());
        assertThat(malformed.exitStatus()).isEqualTo(ExitStatus.USAGE);
        assertThat(malformed.err()).contains("line 4: not YAML").doesNotContain("\tat ");

        Files.writeString(yaml, "host:\n  budgett: 5\npolicy:\n  mode: x\n");
        Result faulty = run("run", "--config", yaml.toString());
        assertThat(faulty.exitStatus()).isEqualTo(ExitStatus.USAGE);
        assertThat(faulty.err()).contains("2 faults", "line 2:", "line 4:");
    }

    @Test
    void shouldSayThatNoDaemonRuns() throws Exception {
        Result status = run("status", "--socket", folder.resolve("none.sock").toString());
        assertThat(status.exitStatus()).isEqualTo(ExitStatus.MISSING);
        assertThat(status.err()).contains("no foreshape daemon answers", "foreshape run");
    }

    @Test
    void shouldRefuseAnUnwritableJournal() throws Exception {
        Path file = folder.resolve("file");
        Files.writeString(file, "");
        Result run =
                run(
                        "run",
                        "--connect",
                        "embedded",
                        "--journal",
                        file.resolve("journal").toString(),
                        "--socket",
                        folder.resolve("c.sock").toString());
        assertThat(run.exitStatus()).isEqualTo(ExitStatus.MISSING);
        assertThat(run.err()).contains("journal directory", "cannot be written");
        assertThat(folder.resolve("c.sock")).doesNotExist();
    }

    @Test
    void shouldSayWhatIsWrongWithAUri() throws Exception {
        Result run =
                run(
                        "run",
                        "--connect",
                        "nonsense:///nowhere",
                        "--journal",
                        folder.resolve("journal").toString(),
                        "--socket",
                        folder.resolve("c.sock").toString());
        assertThat(run.exitStatus()).isEqualTo(ExitStatus.MISSING);
        assertThat(run.err()).contains("foreshape:").doesNotContain("internal fault");
        assertThat(folder.resolve("c.sock")).doesNotExist();
    }

    @Test
    void shouldRefuseAModelThatIsNone() throws Exception {
        Path model = folder.resolve("m.onnx");
        Files.writeString(model, "not a model");
        Result run =
                run(
                        "run",
                        "--connect",
                        "embedded",
                        "--model",
                        model.toString(),
                        "--socket",
                        folder.resolve("c.sock").toString());
        assertThat(run.exitStatus()).isEqualTo(ExitStatus.USAGE);
        assertThat(run.err()).contains("m.onnx");
    }

    @Test
    void shouldPrintTheEffectiveConfiguration() throws Exception {
        Result printed = run("run", "--print-config", "--set", "host.budget=70%");
        assertThat(printed.exitStatus()).isEqualTo(ExitStatus.DONE);
        assertThat(printed.out()).contains("budget: 70%");
    }

    @Test
    void shouldExamineTheMachine() throws Exception {
        Result doctor =
                run(
                        "doctor",
                        "--connect",
                        "embedded",
                        "--journal",
                        folder.resolve("j").toString(),
                        "--socket",
                        folder.resolve("c.sock").toString());
        assertThat(doctor.exitStatus()).as(doctor.out() + doctor.err()).isEqualTo(ExitStatus.DONE);
        assertThat(doctor.out()).contains("JDK", "libvirt", "memfd", "journal", "model", "swap");
        for (MemoryAct act : MemoryAct.values()) {
            assertThat(doctor.out())
                    .containsPattern(
                            "(?m)^(ok      |note    ) "
                                    + act.label()
                                    + " +(available|unavailable: .+; .+)");
        }
    }
}
