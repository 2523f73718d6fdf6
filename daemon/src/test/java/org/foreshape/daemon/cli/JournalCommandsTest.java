package org.foreshape.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.foreshape.daemon.cli.ChildProcess.Result;
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.journal.JournalOptions;
import org.foreshape.journal.JournalWriter;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands that read a journal, each in a process of its own. */
@Timeout(120)
class JournalCommandsTest {
    @TempDir Path folder;

    private Path journal;

    @BeforeEach
    void write() {
        journal = folder.resolve("journal");
        try (JournalWriter writer = JournalWriter.open(JournalOptions.of(journal, 2))) {
            Tick tick = new Tick(2);
            tick.begin(EventKind.CONTROL, 1_000_000_000);
            tick.control.kind = ControlKind.VM_ARRIVED;
            tick.control.vmSlot = 0;
            tick.control.vmGeneration = 1;
            tick.control.vmName.set("web, \"one\"");
            writer.record(tick);
            for (int i = 1; i <= 10; i++) {
                tick.begin(EventKind.SAMPLE, (1 + i) * 1_000_000_000L);
                tick.sequence = i;
                tick.sample.slotCount = 1;
                tick.sample.present[0] = true;
                tick.sample.allocationKib[0] = 100L * i;
                writer.record(tick);
            }
        }
    }

    private Result run(String... arguments) throws Exception {
        String[] all = new String[arguments.length + 3];
        all[0] = "journal";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        all[all.length - 2] = "--journal";
        all[all.length - 1] = journal.toString();
        return ChildProcess.run(folder, all);
    }

    @Test
    void shouldAnswerAQueryInEachForm() throws Exception {
        String sql =
                "SELECT vm, sum(allocation_kib) AS kib, max(usable_kib) AS none FROM samples GROUP"
                        + " BY vm";
        Result table = run("query", sql);
        assertThat(table.exitStatus()).as(table.err()).isEqualTo(ExitStatus.DONE);
        assertThat(table.out()).contains("vm", "web, \"one\"", "5500");
        assertThat(run("query", sql, "--format", "csv").out())
                .isEqualTo("vm,kib,none\n\"web, \"\"one\"\"\",5500,\n");
        assertThat(run("query", sql, "--format", "json").out())
                .isEqualTo("{\"vm\":\"web, \\\"one\\\"\",\"kib\":5500,\"none\":null}\n");
    }

    @Test
    void shouldSayWhatIsWrong() throws Exception {
        Result wrong = run("query", "SELECT nonsense FROM samples");
        assertThat(wrong.exitStatus()).isEqualTo(ExitStatus.USAGE);
        assertThat(wrong.err()).contains("nonsense").doesNotContain("\tat ");
        Result form = run("query", "SELECT 1", "--format", "xml");
        assertThat(form.exitStatus()).isEqualTo(ExitStatus.USAGE);
        assertThat(form.err()).contains("xml", "table, csv, json");
        Result table = run("export", "--out", folder.resolve("out").toString(), "--tables", "x");
        assertThat(table.exitStatus()).isEqualTo(ExitStatus.USAGE);
        assertThat(table.err()).contains("no table x", "samples");
        Result days = run("prune", "--keep-days", "-1");
        assertThat(days.exitStatus()).isEqualTo(ExitStatus.USAGE);
        journal = folder.resolve("none");
        assertThat(run("query", "SELECT 1").exitStatus()).isEqualTo(ExitStatus.MISSING);
        assertThat(run("prune").exitStatus()).isEqualTo(ExitStatus.MISSING);
    }

    @Test
    void shouldExportAndPrune() throws Exception {
        Path out = folder.resolve("out");
        Result export = run("export", "--format", "csv", "--out", out.toString());
        assertThat(export.exitStatus()).as(export.err()).isEqualTo(ExitStatus.DONE);
        assertThat(export.out()).contains("samples.csv", "plans.csv");
        assertThat(Files.readAllLines(out.resolve("samples.csv"))).hasSize(11);
        Result again = run("export", "--out", out.toString());
        assertThat(again.exitStatus()).isEqualTo(ExitStatus.USAGE);
        assertThat(again.err()).contains("is not empty");
        Result prune = run("prune", "--keep-days", "0", "--keep-mib", "1", "--dry-run");
        assertThat(prune.exitStatus()).as(prune.err()).isEqualTo(ExitStatus.DONE);
        assertThat(prune.out()).contains("would remove 0 files");
    }
}
