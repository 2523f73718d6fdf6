package org.foreshape.inference.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceReaderTest {
    private static final String HEADER =
            "vm,t_seconds,cpu_used_cores,cpu_cap_cores,mem_used_mib,mem_cap_mib,disk_read_kbps";

    @TempDir private Path folder;

    private Path file(String header, String... rows) throws IOException {
        Path file = folder.resolve("t.csv");
        Files.writeString(file, header + "\n" + String.join("\n", rows) + "\n");
        return file;
    }

    private static List<VmTrace> read(Path file) throws IOException {
        List<VmTrace> traces = new ArrayList<>();
        new TraceReader(300, traces::add).read(file);
        return traces;
    }

    @Test
    void shouldPutRowsOnTheGridAndLeaveGapsMissing() throws IOException {
        List<VmTrace> traces =
                read(
                        file(
                                HEADER,
                                "a,600,0.5,2,100,400,0",
                                "a,700,1.5,2,200,400,0",
                                "a,1200,2.5,2,500,400,0",
                                "ab,0,,2,1e2,400,0"));
        assertThat(traces).extracting(VmTrace::vm).containsExactly("a", "ab");
        VmTrace a = traces.getFirst();
        assertThat(a.firstBin()).isEqualTo(2);
        assertThat(a.memoryUsedMib()).containsExactly(150f, Float.NaN, 500f);
        assertThat(a.memoryPercent(0, 300)).isEqualTo(50f);
        assertThat(a.memoryPercent(1, 300)).isNaN();
        assertThat(a.memoryPercent(2, 300)).as("clipped").isEqualTo(100f);
        assertThat(a.cpuPercent(0)).isEqualTo(50f);
        assertThat(a.cpuPercent(2)).as("clipped").isEqualTo(100f);
        assertThat(a.medianCapacityMib(0, 100)).isEqualTo(400f);
        assertThat(a.medianCapacityMib(50, 100)).as("no bin in the range").isNaN();
        assertThat(traces.get(1).cpuPercent(0)).as("empty cell").isNaN();
        assertThat(traces.get(1).memoryUsedMib()).containsExactly(100f);
    }

    @Test
    void shouldReadOneResourceAloneInAnyOrderOfColumns() throws IOException {
        VmTrace trace =
                read(file("mem_cap_mib,t_seconds,vm,mem_used_mib", "400,0,a,100")).getFirst();
        assertThat(trace.memoryPercent(0, 400)).isEqualTo(25f);
        assertThat(trace.cpuPercent(0)).isNaN();
        VmTrace zero =
                read(file("vm,t_seconds,cpu_used_cores,cpu_cap_cores", "a,0,1,0")).getFirst();
        assertThat(zero.cpuPercent(0)).as("no capacity").isNaN();
    }

    @Test
    void shouldNameTheLineOfWhatIsNoTrace() throws IOException {
        assertRefused("line 1: this is no trace's header", "x,y", "1,2");
        assertRefused("line 1: a column is named twice", HEADER + ",vm", "a,0,1,2,1,2,0,a");
        assertRefused("line 2: the row has fewer columns", HEADER, "a,600,0.5");
        assertRefused("line 2: the row has more columns", HEADER, "a,600,1,2,1,2,0,9");
        assertRefused("line 3: t_seconds goes back", HEADER, "a,600,1,2,1,2,0", "a,0,1,2,1,2,0");
        assertRefused("line 2: mem_used_mib is 'much'", HEADER, "a,600,1,2,much,2,0");
        assertRefused("line 2: cpu_used_cores is '-1'", HEADER, "a,600,-1,2,1,2,0");
        assertRefused("line 2: cpu_used_cores is 'NaN'", HEADER, "a,600,NaN,2,1,2,0");
        assertRefused("line 2: t_seconds is ''", HEADER, "a,,1,2,1,2,0");
        assertRefused("line 2: t_seconds is no whole number", HEADER, "a,1.5,1,2,1,2,0");
        assertRefused("line 2: vm is empty", HEADER, ",600,1,2,1,2,0");
        assertRefused(
                "line 4: VM a comes a second time",
                HEADER,
                "a,0,1,2,1,2,0",
                "b,0,1,2,1,2,0",
                "a,300,1,2,1,2,0");
        assertRefused("has a header but no rows", HEADER);
    }

    private void assertRefused(String message, String header, String... rows) throws IOException {
        Path file = file(header, rows);
        assertThatThrownBy(() -> read(file))
                .isInstanceOf(TraceException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(message);
    }

    @Test
    void shouldReadGzipAndRefuseHalfOfIt() throws IOException {
        Path whole = folder.resolve("t.csv.gz");
        StringBuilder text = new StringBuilder(HEADER).append('\n');
        for (int k = 0; k < 5000; k++) {
            text.append("a,").append(300 * k).append(",1,2,").append(k % 97).append(",400,0\n");
        }
        try (GZIPOutputStream out = new GZIPOutputStream(Files.newOutputStream(whole))) {
            out.write(text.toString().getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        }
        assertThat(read(whole).getFirst().length()).isEqualTo(5000);
        Path half = folder.resolve("half.csv.gz");
        byte[] bytes = Files.readAllBytes(whole);
        Files.write(half, Arrays.copyOf(bytes, bytes.length / 2));
        assertThatThrownBy(() -> read(half))
                .isInstanceOf(TraceException.class)
                .hasMessageContaining("is no whole gzip file");
        Path plain = folder.resolve("plain.csv.gz");
        Files.writeString(plain, text);
        assertThatThrownBy(() -> read(plain))
                .isInstanceOf(TraceException.class)
                .hasMessageContaining("is no whole gzip file");
    }

    @Test
    void shouldOutlineATraceAndRefuseOneThatIsTooCoarse() throws IOException {
        Path fine = file(HEADER, "a,600,1,2,1,2,0", "a,660,1,2,1,2,0", "b,30000,1,2,1,2,0");
        assertThat(TraceOutline.of(fine, 300)).isEqualTo(new TraceOutline(2, 3, 60, 2, 101));
        Path coarse = file(HEADER, "a,0,1,2,1,2,0", "a,900,1,2,1,2,0", "a,1800,1,2,1,2,0");
        assertThatThrownBy(() -> TraceOutline.of(coarse, 300))
                .isInstanceOf(TraceException.class)
                .hasMessageContaining("a sample every 900 s")
                .hasMessageContaining("every 300 s");
    }

    @Test
    void shouldKnowTheGroupOfAVm() throws IOException {
        Path file = file("vm,split,group", "1,val,21", "2,train,38", "3,val,21");
        VmGroups groups = VmGroups.read(file);
        assertThat(groups.groupOf("1")).isEqualTo(groups.groupOf("3"));
        assertThat(groups.groupOf("1")).isNotEqualTo(groups.groupOf("2"));
        assertThat(groups.groupOf("21")).as("alone").isNotEqualTo(groups.groupOf("1"));
        Path bad = file("vm,group", "1");
        assertThatThrownBy(() -> VmGroups.read(bad))
                .isInstanceOf(TraceException.class)
                .hasMessageContaining("line 2");
    }
}
