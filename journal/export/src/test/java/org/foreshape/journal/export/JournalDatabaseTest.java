package org.foreshape.journal.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.foreshape.journal.JournalException;
import org.foreshape.journal.JournalOptions;
import org.foreshape.journal.JournalWriter;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.ForecastSource;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.TaskState;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
class JournalDatabaseTest {
    private static final long START_NS = 1_767_600_000_000_000_000L;
    private static final int SAMPLES = 3_000;

    @TempDir Path folder;

    /** Two VMs, of which the first is gone halfway; a plan with an act every tenth sample. */
    private Path journal() {
        Path directory = folder.resolve("journal");
        try (JournalWriter writer =
                JournalWriter.open(
                        JournalOptions.of(directory, 4)
                                .withBlockSizeBytes(1 << 20)
                                .withFreeBytesMin(1 << 20))) {
            Tick tick = new Tick(4);
            long sequence = 0;
            for (int slot = 0; slot < 2; slot++) {
                tick.begin(EventKind.CONTROL, START_NS);
                tick.sequence = sequence++;
                tick.control.kind = ControlKind.VM_ARRIVED;
                tick.control.vmSlot = slot;
                tick.control.vmGeneration = 5;
                tick.control.vmName.set("it's vm " + slot);
                tick.control.vmUuidHigh = 7;
                writer.record(tick);
            }
            for (int i = 0; i < SAMPLES; i++) {
                sample(tick, i);
                tick.sequence = sequence++;
                writer.record(tick);
            }
            tick.begin(EventKind.OUTCOME, START_NS + 1);
            tick.sequence = sequence++;
            tick.outcome.planSequence = 2;
            tick.outcome.vmSlot = 1;
            tick.outcome.vmGeneration = 5;
            tick.outcome.actKind = ActKind.RESIZE_MEMORY;
            tick.outcome.status = OutcomeStatus.FAILED;
            tick.outcome.message.set("a \"quoted\", long\nstory");
            writer.record(tick);
            tick.begin(EventKind.TASK, START_NS + 2);
            tick.sequence = sequence;
            tick.task.state = TaskState.ANNOUNCED;
            tick.task.id.set("nightly");
            tick.task.plannedStartTimeNs = START_NS + 60_000_000_000L;
            tick.task.dependencyCount = 2;
            tick.task.dependencies[0].set("a");
            tick.task.dependencies[1].set("b");
            writer.record(tick);
        }
        return directory;
    }

    private static void sample(Tick tick, int i) {
        tick.begin(EventKind.SAMPLE, START_NS + i * 1_000_000_000L);
        tick.sample.slotCount = 2;
        tick.forecast.slotCount = 2;
        for (int slot = 0; slot < 2; slot++) {
            boolean there = slot == 1 || i < SAMPLES / 2;
            tick.sample.present[slot] = there;
            tick.sample.allocationKib[slot] = 1000L + i;
            tick.sample.usableKib[slot] = -1;
            if (there) {
                tick.forecast.source[slot] = ForecastSource.MODEL;
                int at = ForecastSection.offset(slot, Resource.MEMORY, Horizon.MINUTES_15);
                tick.forecast.quantile[at + Quantiles.P95] = 1.5f * i;
            }
        }
        if (i % 10 == 0) {
            tick.plan.made = true;
            tick.plan.slotCount = 2;
            tick.plan.verdict[1] = Verdict.GROW;
            tick.plan.demandKib[1] = 10L * i;
            tick.plan.addAct(1, 5, ActKind.RESIZE_MEMORY, 5000 + i);
        }
    }

    private static List<String> answer(JournalDatabase database, String sql) {
        List<String> lines = new ArrayList<>();
        database.query(
                sql,
                new JournalDatabase.Rows() {
                    @Override
                    public void columns(List<JournalDatabase.Heading> headings) {
                        lines.add(
                                String.join(
                                        "|",
                                        headings.stream()
                                                .map(JournalDatabase.Heading::name)
                                                .toList()));
                    }

                    @Override
                    public void row(List<String> cells) {
                        lines.add(String.join("|", cells.stream().map(String::valueOf).toList()));
                    }
                });
        return lines;
    }

    @Test
    void shouldAnswerQueriesOverEachTable() {
        try (JournalDatabase database = JournalDatabase.open(journal())) {
            assertThat(answer(database, "SELECT count(*) AS n FROM samples"))
                    .containsExactly("n", Integer.toString(SAMPLES + SAMPLES / 2));
            assertThat(
                            answer(
                                    database,
                                    "SELECT vm, generation, count(*), sum(allocation_kib),"
                                            + " count(usable_kib), min(time) FROM samples GROUP BY"
                                            + " ALL ORDER BY vm"))
                    .containsExactly(
                            "vm|generation|count_star()|sum(allocation_kib)|count(usable_kib)|min(\"time\")",
                            "it's vm 0|5|1500|2624250|0|2026-01-05 08:00:00",
                            "it's vm 1|5|3000|7498500|0|2026-01-05 08:00:00");
            assertThat(
                            answer(
                                    database,
                                    "SELECT max(memory_15min_p95_kib), count(*) FROM forecasts"))
                    .endsWith("4498.5|4500");
            assertThat(answer(database, "SELECT count(*), sum(demand_kib) FROM plans"))
                    .endsWith("300|4485000");
            assertThat(
                            answer(
                                    database,
                                    "SELECT a.vm, max(a.amount), max(p.verdict) FROM acts a JOIN"
                                            + " plans p USING (run, event, slot) GROUP BY a.vm"))
                    .endsWith("it's vm 1|7990|grow");
            assertThat(answer(database, "SELECT vm, status, message FROM outcomes"))
                    .endsWith("it's vm 1|failed|a \"quoted\", long\nstory");
            assertThat(
                            answer(
                                    database,
                                    "SELECT task, state, depends_on, planned_start,"
                                            + " expected_memory_kib FROM tasks"))
                    .endsWith("nightly|announced|a,b|2026-01-05 08:01:00|null");
            assertThat(answer(database, "SELECT kind, vm, uuid FROM controls WHERE slot = 1"))
                    .endsWith("vm_arrived|it's vm 1|00000000-0000-0007-0000-000000000000");
            assertThat(answer(database, "SELECT count(*) FROM host_samples"))
                    .endsWith(Integer.toString(SAMPLES));
            assertThat(answer(database, "SELECT * FROM learnt")).hasSize(1);
            assertThat(answer(database, "SELECT * FROM pressures")).hasSize(1);
            assertThat(database.damage()).isEmpty();
        }
    }

    @Test
    void shouldSayWhatIsWrongWithAQueryAndReachNothingButTheJournal() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret.csv"), "a,b\n1,2\n");
        try (JournalDatabase database = JournalDatabase.open(journal())) {
            assertThatThrownBy(() -> answer(database, "SELECT nonsense FROM samples"))
                    .isInstanceOf(QueryException.class)
                    .hasMessageContaining("nonsense");
            assertThatThrownBy(() -> answer(database, "SELECT * FROM '" + secret + "'"))
                    .isInstanceOf(QueryException.class);
            assertThatThrownBy(() ->
                            answer(database, "COPY (SELECT 1) TO '" + folder + "/stolen.csv'"))
                    .isInstanceOf(QueryException.class);
            assertThatThrownBy(() -> answer(database, "SET enable_external_access = true"))
                    .isInstanceOf(QueryException.class);
            assertThat(folder.resolve("stolen.csv")).doesNotExist();
            assertThat(answer(database, "SELECT count(*) FROM acts")).endsWith("300");
        }
        assertThatThrownBy(() -> JournalDatabase.open(folder.resolve("none")))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("there is no journal");
    }

    @Test
    void shouldExportEveryTableInBothForms() throws Exception {
        Path journal = journal();
        for (JournalExport.Format format : JournalExport.Format.values()) {
            Path out = folder.resolve(format.name());
            List<Path> files;
            try (JournalDatabase database = JournalDatabase.open(journal)) {
                JournalExport export = new JournalExport(database, journal, List.of());
                assertThat(export.recordsToRead()).isEqualTo((SAMPLES + 4L) * 10);
                files = export.write(format, out, 2);
                assertThat(database.recordsRead()).isEqualTo(export.recordsToRead());
            }
            assertThat(files).hasSize(JournalDatabase.tableNames().size()).allMatch(Files::exists);
            // Read back by the engine itself, as anybody would.
            try (var connection = java.sql.DriverManager.getConnection("jdbc:duckdb:");
                    var statement = connection.createStatement();
                    var rows =
                            statement.executeQuery(
                                    "SELECT count(*), sum(allocation_kib), min(time), max(vm) FROM '"
                                            + files.getFirst()
                                            + "'")) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getLong(1)).isEqualTo(4500);
                assertThat(rows.getLong(2)).isEqualTo(2_624_250 + 7_498_500);
                assertThat(rows.getString(3)).startsWith("2026-01-05 08:00:00");
                assertThat(rows.getString(4)).isEqualTo("it's vm 1");
            }
        }
    }

    @Test
    void shouldRefuseWhatCannotBeExported() throws Exception {
        Path journal = journal();
        Path full = Files.createDirectory(folder.resolve("full"));
        Files.writeString(full.resolve("file"), "");
        try (JournalDatabase database = JournalDatabase.open(journal)) {
            assertThatThrownBy(() -> new JournalExport(database, journal, List.of("sample")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("sample")
                    .hasMessageContaining("host_samples");
            JournalExport export = new JournalExport(database, journal, List.of("acts"));
            assertThatThrownBy(() -> export.write(JournalExport.Format.CSV, full, 1))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("is not empty");
            assertThat(full.resolve("file")).isEmptyFile();
        }
    }

    @Test
    void shouldLeaveOutDamagedRecordsAndTell() throws Exception {
        Path journal = journal();
        flipOneByte(journal);
        try (JournalDatabase database = JournalDatabase.open(journal)) {
            assertThat(answer(database, "SELECT count(*) FROM host_samples"))
                    .endsWith(Integer.toString(SAMPLES - 1));
            assertThat(database.damage()).singleElement().asString().contains("is damaged");
        }
    }

    /** Somewhere within the thousandth sample. */
    private static void flipOneByte(Path journal) throws IOException {
        Path file;
        try (var files = Files.list(journal)) {
            file = files.filter(f -> f.toString().endsWith(".cq4")).findFirst().orElseThrow();
        }
        byte[] all = Files.readAllBytes(file);
        byte[] wanted = new byte[8];
        java.nio.ByteBuffer.wrap(wanted)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .putLong(START_NS + 1_000 * 1_000_000_000L);
        int at = 0;
        while (!Arrays.equals(Arrays.copyOfRange(all, at, at + 8), wanted)) {
            at++;
        }
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.seek(at);
            raw.write(all[at] ^ 4);
        }
    }

    @Test
    void shouldBeDocumentedAsItIs() throws IOException {
        Path page =
                Path.of(System.getProperty("foreshape.root", "../.."))
                        .resolve("docs/operating/journal-tables.md");
        String generated = TableDocs.markdown();
        String text = Files.exists(page) ? Files.readString(page) : "";
        int from = text.indexOf(TableDocs.MARK);
        if (Boolean.getBoolean("foreshape.docs.write") && from >= 0) {
            text = text.substring(0, from) + generated;
            Files.writeString(page, text);
        }
        assertThat(text).endsWith(generated);
    }
}
