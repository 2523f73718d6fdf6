package org.foreshape.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.foreshape.daemon.fault.ExitStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SimulateCommandTest {
    private static final String TASK_HEADER =
            "vm,id,type,priority,announce_s,start_s,duration_s,memory_mib,cpu_cores,complexity,depends_on";

    @TempDir private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        return Cli.run(arguments, new PrintWriter(out), new PrintWriter(err));
    }

    /** Two days of three VMs, the third without a sample in the last hour. */
    private String trace(int stepSeconds) throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        StringBuilder text = new StringBuilder("vm,t_seconds,mem_used_mib,mem_cap_mib\n");
        for (String vm : new String[] {"a", "b", "c"}) {
            int end = 2 * 86_400 - (vm.equals("c") ? 3600 : 0);
            for (int t = 0; t < end; t += stepSeconds) {
                text.append(vm).append(',').append(t).append(',');
                text.append(random.nextInt(400, 2000)).append(",4096\n");
            }
        }
        Path file = folder.resolve("t" + stepSeconds + ".csv");
        Files.writeString(file, text);
        return file.toString();
    }

    private String file(String name, String... lines) throws IOException {
        Path file = folder.resolve(name);
        Files.writeString(file, String.join("\n", lines) + "\n");
        return file.toString();
    }

    private JsonNode json(String... arguments) throws IOException {
        Path json = folder.resolve("out.json");
        String[] all = new String[arguments.length + 3];
        all[0] = "simulate";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        all[all.length - 2] = "--json";
        all[all.length - 1] = json.toString();
        assertThat(run(all)).as(err.toString()).isEqualTo(ExitStatus.DONE);
        return JsonMapper.shared().readTree(json.toFile());
    }

    @Test
    void shouldScoreEveryPolicyWithTheFieldsThatAreDocumented() throws IOException {
        JsonNode report = json("--trace", trace(300), "--first-day", "1", "--days", "1");
        JsonNode policies = report.get("policies");
        assertThat(policies.size()).isGreaterThanOrEqualTo(7);
        assertThat(report.has("sweep")).isFalse();
        for (JsonNode policy : policies) {
            assertThat(policy.propertyNames())
                    .containsExactly(
                            "policy",
                            "vms",
                            "hours",
                            "static_gib_hours",
                            "reserved_gib_hours",
                            "saved_fraction",
                            "demand_gib_hours",
                            "shortfall_gib_hours",
                            "shortfall_vm_minutes",
                            "shortfall_fraction",
                            "starved_vm_minutes",
                            "acts",
                            "grow_acts",
                            "shrink_acts",
                            "decision_us");
            assertThat(policy.get("vms").asInt()).isEqualTo(3);
            assertThat(policy.get("hours").asDouble()).isEqualTo(24);
            assertThat(policy.get("decision_us").get("p99").asDouble()).isPositive();
        }
        assertThat(policies.get(0).get("policy").asString()).isEqualTo("static");
        assertThat(policies.get(0).get("static_gib_hours").asDouble())
                .as("a sample is missing at the very end, and the third VM's last hour")
                .isCloseTo(4 * (24 + 24 + 23 - 3 / 12.), within(1e-6));
        assertThat(out.toString()).contains("3 VMs, 24 h scored", "balloond");
    }

    @Test
    void shouldGiveTheSameScoresForTheSameSeedAndKeepAHostLimit() throws IOException {
        String trace = trace(60);
        String[] with = {"--trace", trace, "--policies", "balloond", "--host-memory-gib", "3"};
        JsonNode first = json(with).get("policies").get(0);
        JsonNode second = json(with).get("policies").get(0);
        assertThat(second.get("reserved_gib_hours")).isEqualTo(first.get("reserved_gib_hours"));
        assertThat(second.get("shortfall_gib_hours")).isEqualTo(first.get("shortfall_gib_hours"));
        assertThat(first.get("reserved_gib_hours").asDouble())
                .isLessThanOrEqualTo(3 * first.get("hours").asDouble());
        assertThat(
                        json("--trace", trace, "--policies", "oracle", "--host-memory-gib", "p99")
                                .size())
                .isEqualTo(1);
        assertThat(out.toString()).contains("are unavoidable");
    }

    @Test
    void shouldSweepCompareAndDraw() throws IOException {
        Path svg = folder.resolve("s.svg");
        JsonNode report =
                json(
                        "--trace",
                        trace(300),
                        "--policies",
                        "balloond,oracle",
                        "--sweep",
                        "--groups",
                        file("g.csv", "vm,group", "a,1", "b,1", "c,2"),
                        "--svg",
                        svg.toString());
        assertThat(report.get("groups").asInt()).isEqualTo(2);
        assertThat(report.get("sweep").size()).isGreaterThan(10);
        assertThat(report.get("sweep").get(1).get("knob").asString()).isEqualTo("free 32 MiB");
        JsonNode compared = report.get("comparison");
        assertThat(compared.size()).as("two policies at four levels").isEqualTo(8);
        assertThat(compared.get(0).get("policy").asString()).isEqualTo("balloond");
        assertThat(compared.get(0).get("slack_by_peers_slack").get("value").asDouble())
                .as("it is all the peers there are")
                .isEqualTo(1);
        assertThat(Files.readString(svg)).startsWith("<svg").contains("<polyline", "balloond");
        assertThat(out.toString()).contains("over 2 groups of VMs", "by peers'");
    }

    @Test
    void shouldAddTasksToTheDemand() throws IOException {
        String trace = trace(300);
        double without =
                json("--trace", trace, "--policies", "balloond")
                        .get("policies")
                        .get(0)
                        .get("demand_gib_hours")
                        .asDouble();
        String tasks =
                file(
                        "tasks.csv",
                        TASK_HEADER,
                        "a,t1,build,5,90000,93600,3600,1024,1,1,",
                        "b,t2,build,5,90000,97200,3600,1024,1,1,t1");
        JsonNode policy =
                json("--trace", trace, "--policies", "balloond", "--tasks", tasks)
                        .get("policies")
                        .get(0);
        assertThat(policy.get("demand_gib_hours").asDouble()).isCloseTo(without + 2, within(1e-6));
        assertThat(policy.get("task_starts").get("count").asInt()).isEqualTo(2);
        assertThat(policy.get("task_starts").get("first_minute_shortfall_minutes").asDouble())
                .isPositive();
    }

    @Test
    void shouldSayWhatIsWrong() throws IOException {
        String trace = trace(300);
        assertThat(run("simulate", "--trace", "no.csv")).isEqualTo(ExitStatus.MISSING);
        assertThat(run("simulate", "--trace", trace, "--policies", "mon"))
                .isEqualTo(ExitStatus.USAGE);
        assertThat(run("simulate", "--trace", trace, "--host-memory-gib", "-3"))
                .isEqualTo(ExitStatus.USAGE);
        assertThat(run("simulate", "--trace", trace, "--first-day", "2"))
                .isEqualTo(ExitStatus.USAGE);
        assertThat(run("simulate", "--trace", trace, "--svg", "x.svg")).isEqualTo(ExitStatus.USAGE);
        assertThat(run("simulate", "--trace", trace(7))).isEqualTo(ExitStatus.USAGE);
        assertThat(err.toString())
                .contains(
                        "no such trace",
                        "no policy mon; did you mean mom",
                        "'-3' is neither",
                        "nothing of it is left to score from day 2",
                        "give --sweep too",
                        "a sample every 7 s");
    }

    @Test
    void shouldSayWhichTaskIsWrong() throws IOException {
        String trace = trace(300);
        String[][] rows = {
            {"z,t1,x,5,0,1,1,1,1,1,", "no VM z"},
            {"a,t1,x,11,0,1,1,1,1,1,", "priority is '11'"},
            {"a,t1,x,5,9,1,1,1,1,1,", "announced after its start"},
            {"a,t1,x,5,0,1,0,1,1,1,", "duration_s is '0'"},
            {"a,t1,x,5,0,1,1,much,1,1,", "memory_mib is 'much'"},
            {"a,t1,x,5,0,1,1,1,1,1,t2", "depends on t2"},
            {"a,t1,x,5,0,1,1,1,1,1,t1", "does not start after t1"},
            {"a,t1,x,5,0,1", "this row 6"},
            {"a,,x,5,0,1,1,1,1,1,", "id is empty"},
        };
        for (String[] row : rows) {
            err.getBuffer().setLength(0);
            String tasks = file("bad.csv", TASK_HEADER, row[0]);
            assertThat(run("simulate", "--trace", trace, "--tasks", tasks))
                    .as(row[0])
                    .isEqualTo(ExitStatus.USAGE);
            assertThat(err.toString()).contains("bad.csv, line 2", row[1]);
        }
        String twice = file("bad.csv", TASK_HEADER, "a,t,x,5,0,1,1,1,1,1,", "a,t,x,5,0,1,1,1,1,1,");
        assertThat(run("simulate", "--trace", trace, "--tasks", twice)).isEqualTo(ExitStatus.USAGE);
        assertThat(run("simulate", "--trace", trace, "--tasks", file("empty.csv", "vm,id")))
                .isEqualTo(ExitStatus.USAGE);
        assertThat(err.toString()).contains("line 3: there are two tasks t", "lacks type");
    }
}
