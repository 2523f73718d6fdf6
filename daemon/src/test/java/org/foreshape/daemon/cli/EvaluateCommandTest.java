package org.foreshape.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.fault.ExitStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

class EvaluateCommandTest {
    @TempDir private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        return Cli.run(arguments, new PrintWriter(out), new PrintWriter(err));
    }

    private Path trace(int stepSeconds) throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        StringBuilder text = new StringBuilder("vm,t_seconds,cpu_used_cores,cpu_cap_cores\n");
        for (int t = 0; t < 600; t++) {
            text.append("a,").append(stepSeconds * t).append(',');
            text.append(random.nextInt(100) / 50.).append(",2\n");
        }
        Path file = folder.resolve("t" + stepSeconds + ".csv");
        Files.writeString(file, text);
        return file;
    }

    @Test
    void shouldScoreATraceOfOneResourceAndWriteEverything() throws IOException {
        Path json = folder.resolve("e.json");
        int status = run("evaluate", "--trace", trace(300).toString(), "--json", json.toString());
        assertThat(status).as(err.toString()).isEqualTo(ExitStatus.DONE);
        var report = JsonMapper.shared().readTree(json.toFile());
        assertThat(report.get("vms").asInt()).isEqualTo(1);
        assertThat(report.get("from_seconds").asInt()).as("the middle").isEqualTo(300 * 300);
        assertThat(report.get("models").get(0).get("cells")).as("CPU alone").hasSize(8);
        assertThat(report.get("models").get(0).get("name").asString()).contains("calibrated");
        assertThat(folder.resolve("e.svg")).exists();
        assertThat(out.toString()).contains("g: last value + residual");
        assertThat(Json.pretty(report)).contains("\"pinball\"");
    }

    @Test
    void shouldTellTheRatioOfTheFirstTwoModels() throws IOException {
        Path json = folder.resolve("e.json");
        int status =
                run(
                        "evaluate",
                        "--trace",
                        trace(300).toString(),
                        "--model",
                        "fallback",
                        "--model",
                        "shipped",
                        "--json",
                        json.toString());
        assertThat(status).as(err.toString()).isEqualTo(ExitStatus.DONE);
        var report = JsonMapper.shared().readTree(json.toFile());
        var ratio = report.get("first_by_second");
        assertThat(report.get("groups").asInt()).isEqualTo(1);
        assertThat(ratio.get("geometric_mean_ratio").asDouble())
                .isEqualTo(ratio.get("low").asDouble())
                .isEqualTo(ratio.get("high").asDouble())
                .isPositive();
    }

    @Test
    void shouldMapAFinerStepAndRefuseACoarserOne() throws IOException {
        assertThat(run("evaluate", "--raw", "--trace", trace(60).toString()))
                .as(err.toString())
                .isEqualTo(ExitStatus.DONE);
        assertThat(run("evaluate", "--trace", trace(900).toString())).isEqualTo(ExitStatus.USAGE);
        assertThat(err.toString()).contains("a sample every 900 s");
    }

    @Test
    void shouldSayWhatIsWrong() throws IOException {
        String trace = trace(300).toString();
        assertThat(run("evaluate", "--trace", folder.resolve("no.csv").toString()))
                .isEqualTo(ExitStatus.MISSING);
        assertThat(run("evaluate", "--trace", trace, "--model", "no.onnx"))
                .isEqualTo(ExitStatus.MISSING);
        assertThat(run("evaluate", "--trace", trace, "--from-seconds", "999999"))
                .isEqualTo(ExitStatus.USAGE);
        assertThat(run("evaluate", "--trace", trace, "--raw", "--calibrated"))
                .isEqualTo(ExitStatus.USAGE);
        Path bad = folder.resolve("bad.csv");
        Files.writeString(bad, "vm,t_seconds,cpu_used_cores,cpu_cap_cores\na,0,x,1\n");
        assertThat(run("evaluate", "--trace", bad.toString())).isEqualTo(ExitStatus.USAGE);
        assertThat(err.toString())
                .contains("no such trace", "no.onnx cannot be read", "lies outside", "line 2");
    }
}
