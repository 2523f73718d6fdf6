package org.foreshape.numasculptor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.foreshape.lab.TwoNodeMachine;
import org.foreshape.nativebindings.linux.PageBatch;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The sculptor's own classes, in a machine with two NUMA nodes. */
class TwoNodeMachineTest {
    private static final int MIB = 192;
    private static final long BYTES = (long) MIB << 20;
    private static final Pattern RESULT =
            Pattern.compile(
                    "([A-Za-z-]+) bytes=(\\d+) ns=(\\d+) before=\\{(.*)} after=\\{(.*)} (.*)");

    private record Result(String name, long bytes, long ns, String before, String after) {
        double mibPerSecond() {
            return bytes / 1048576.0 * 1e9 / ns;
        }
    }

    @Test
    @Timeout(value = 450, unit = TimeUnit.SECONDS)
    void shouldMoveMemoryFromOneNodeToTheOther(@TempDir Path folder) throws Exception {
        TwoNodeMachine.reasonToSkip("migratepages", "gcc")
                .ifPresent(reason -> Assumptions.abort(reason));
        int rounds = Integer.getInteger("foreshape.numa.rounds", 1);
        List<String> lines =
                new TwoNodeMachine(folder, 1024)
                        .build(
                                List.of(
                                        classesOf(Sculptor.class),
                                        classesOf(PageBatch.class),
                                        classesOf(InsideTwoNodes.class)),
                                InsideTwoNodes.class.getName(),
                                Boolean.getBoolean("foreshape.numa.record")
                                        ? List.of(
                                                Integer.toString(MIB),
                                                Integer.toString(rounds),
                                                "record")
                                        : List.of(Integer.toString(MIB), Integer.toString(rounds)),
                                List.of("migratepages", MemHold.program().toString()))
                        .run(Duration.ofMinutes(5));
        List<Result> results = results(lines);
        results.forEach(System.out::println);
        lines.stream()
                .filter(l -> l.startsWith("STEP") || l.startsWith("RECORD"))
                .forEach(System.out::println);

        // No word changed in any of it.
        assertThat(lines)
                .filteredOn(line -> line.contains(" sum bad="))
                .isNotEmpty()
                .allMatch(line -> line.endsWith("sum bad=0"));

        assertThat(one(results, "START").after()).isEqualTo("1=" + BYTES);
        Result consolidated = one(results, "CONSOLIDATE");
        assertThat(consolidated.before()).isEqualTo("1=" + BYTES);
        assertMoved(consolidated, "0=" + BYTES);
        assertThat(steps(lines, "CONSOLIDATE")).hasSize(4).allMatch(l -> l.contains(" DONE "));
        assertThat(lines).contains("THREAD allowed=[0]", "THREAD allowed=[0, 1]");
        assertMoved(one(results, "UNDO"), "1=" + BYTES);

        Result stopped = one(results, "STOP");
        assertThat(steps(lines, "STOP").getFirst()).contains("MOVE STOPPED");
        assertThat(stopped.bytes()).isBetween(1L, BYTES - 1);
        assertThat(stopped.after()).contains("0=", "1=");
        assertThat(one(results, "BACK").after()).isEqualTo("1=" + BYTES);

        for (String pages : List.of("huge", "small")) {
            List<Result> sculpted = all(results, "SCULPT-" + pages);
            List<Result> migrated = all(results, "MIGRATE-" + pages);
            assertThat(sculpted).hasSize(2 * rounds).allMatch(r -> r.bytes() == BYTES);
            assertThat(migrated).hasSize(2 * rounds).allMatch(r -> r.bytes() == BYTES);
            System.out.printf(
                    "%s pages moved at %.0f MiB/s, by migratepages at %.0f MiB/s: ratio %.2f"
                            + " (n = %d each)%n",
                    pages,
                    median(sculpted),
                    median(migrated),
                    median(sculpted) / median(migrated),
                    2 * rounds);
        }
    }

    private static void assertMoved(Result result, String after) {
        assertThat(result.after()).isEqualTo(after);
        assertThat(result.bytes()).isEqualTo(BYTES);
    }

    private static List<String> steps(List<String> lines, String name) {
        return lines.stream().filter(l -> l.startsWith("STEP " + name + " ")).toList();
    }

    private static List<Result> results(List<String> lines) {
        return lines.stream()
                .map(RESULT::matcher)
                .filter(Matcher::matches)
                .map(m ->
                        new Result(
                                m.group(1),
                                Long.parseLong(m.group(2)),
                                Long.parseLong(m.group(3)),
                                m.group(4),
                                m.group(5)))
                .toList();
    }

    private static Result one(List<Result> results, String name) {
        return all(results, name).getFirst();
    }

    private static List<Result> all(List<Result> results, String name) {
        return results.stream().filter(r -> r.name().equals(name)).toList();
    }

    private static double median(List<Result> results) {
        double[] rates = results.stream().mapToDouble(Result::mibPerSecond).sorted().toArray();
        int n = rates.length;
        return (rates[(n - 1) / 2] + rates[n / 2]) / 2;
    }

    private static Path classesOf(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }
}
