package org.foreshape.inference.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceReaderTest {
    @TempDir private Path folder;

    private List<VmTrace> read(String... rows) throws IOException {
        Path file = folder.resolve("t.csv");
        Files.writeString(file, TraceReader.HEADER + "\n" + String.join("\n", rows) + "\n");
        List<VmTrace> traces = new ArrayList<>();
        new TraceReader(300, traces::add).read(file);
        return traces;
    }

    @Test
    void shouldPutRowsOnTheGridAndLeaveGapsMissing() throws IOException {
        List<VmTrace> traces =
                read(
                        "a,600,0.5,2,100,400,0,0,0,0",
                        "a,700,1.5,2,200,400,0,0,0,0",
                        "a,1200,2.5,2,500,400,0,0,0,0",
                        "ab,0,,2,1e2,400,0,0,0,0");
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
        assertThat(traces.get(1).cpuPercent(0)).as("empty cell").isNaN();
        assertThat(traces.get(1).memoryUsedMib()).containsExactly(100f);
    }

    @Test
    void shouldRefuseWhatIsNoTraceAndNameTheLine() throws IOException {
        assertThatThrownBy(() -> read("a,600,0.5,2,100,400,0,0,0,0", "a,0,0.5,2,100,400,0,0,0,0"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("line 3 goes back in time");
        assertThatThrownBy(() -> read("a,600,0.5"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("line 2 has fewer");
        Path other = folder.resolve("o.csv");
        Files.writeString(other, "x,y\n1,2\n");
        assertThatThrownBy(() -> new TraceReader(300, t -> {}).read(other))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("first line must be vm,t_seconds");
    }

    @Test
    void shouldFindThePeakOfTheNextStepsOnly() {
        float[] use = {9, 1, 5, Float.NaN, 2};
        assertThat(TrainingSequence.peak(use, 0, 1)).isEqualTo(1f);
        assertThat(TrainingSequence.peak(use, 0, 2)).isEqualTo(5f);
        assertThat(TrainingSequence.peak(use, 0, 3)).isNaN();
        assertThat(TrainingSequence.peak(use, 3, 1)).isEqualTo(2f);
        assertThat(TrainingSequence.peak(use, 4, 1)).as("past the end").isNaN();
    }
}
