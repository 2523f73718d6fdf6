package org.foreshape.hypervisor.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.foreshape.hypervisor.HypervisorException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceFileTest {
    private static final long SECOND_NS = 1_000_000_000;
    private static final String TWO_VMS =
            TraceFile.HEADER
                    + "\n"
                    + "a,1000,0.5,2,100,1000,0,0,0,0\n"
                    + "a,1300,1.0,2,200,1000,0,0,0,0\n"
                    + "a,2200,4.0,2,2000,1000,0,0,0,0\n"
                    + "b,0,,,50,100,,,,\n";

    @TempDir private Path folder;

    @Test
    void shouldNameTheFileWhenItIsNotThere() {
        Path missing = folder.resolve("missing.csv");
        assertThatThrownBy(() -> TraceFile.read(missing, 1))
                .isInstanceOf(HypervisorException.class)
                .hasMessageContaining(missing.toString())
                .hasMessageContaining("check the path");
    }

    @Test
    void shouldNameFileAndHeaderWhenTheHeaderIsAnother() throws Exception {
        Path file = write("vm,time,cpu\n");
        assertThatThrownBy(() -> TraceFile.read(file, 1))
                .isInstanceOf(HypervisorException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(TraceFile.HEADER);
    }

    @Test
    void shouldNameTheLineOfABadRow() throws Exception {
        Path narrow = write(TWO_VMS + "b,300,1,2\n");
        assertThatThrownBy(() -> TraceFile.read(narrow, 9))
                .hasMessageContaining("line 6 has 4 columns");
        Path words = write(TWO_VMS + "b,300,one,2,3,4,0,0,0,0\n");
        assertThatThrownBy(() -> TraceFile.read(words, 9))
                .hasMessageContaining("line 6")
                .hasMessageContaining("one");
        Path back = write(TWO_VMS + "b,0,1,2,3,4,0,0,0,0\n");
        assertThatThrownBy(() -> TraceFile.read(back, 9))
                .hasMessageContaining("line 6")
                .hasMessageContaining("time");
    }

    @Test
    void shouldSayThatAFileHoldsNoSamples() throws Exception {
        Path file = write(TraceFile.HEADER + "\n");
        assertThatThrownBy(() -> TraceFile.read(file, 1)).hasMessageContaining("no sample");
        Path broken = folder.resolve("broken.gz");
        Files.write(broken, new byte[] {0x1f, (byte) 0x8b, 1});
        assertThatThrownBy(() -> TraceFile.read(broken, 1))
                .isInstanceOf(HypervisorException.class)
                .hasMessageContaining(broken.toString());
    }

    @Test
    void shouldReadPlainAndGzipAlike() throws Exception {
        Path plain = write(TWO_VMS);
        Path gzip = folder.resolve("trace.csv.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(gzip))) {
            out.write(TWO_VMS.getBytes(StandardCharsets.UTF_8));
        }

        for (Path file : List.of(plain, gzip)) {
            List<TraceFile.Series> series = TraceFile.read(file, 9);
            assertThat(series).extracting(TraceFile.Series::vm).containsExactly("a", "b");
            assertThat(series.get(0).timeSeconds()).containsExactly(0, 300, 1200);
            assertThat(series.get(0).memoryShare()).containsExactly(0.1f, 0.2f, 1f);
            assertThat(series.get(0).cpuShare()).containsExactly(0.25f, 0.5f, 1f);
            assertThat(series.get(1).memoryShare()).containsExactly(0.5f);
            assertThat(series.get(1).cpuShare()).containsExactly(0f);
        }
    }

    @Test
    void shouldReadNoMoreVmsThanAskedFor() throws Exception {
        Path file = write(TWO_VMS + "this row is never looked at");
        assertThat(TraceFile.read(file, 1)).hasSize(1);
    }

    @Test
    void shouldHoldTheLastSampleWhereRowsAreMissingAndStartAgainAtTheEnd() throws Exception {
        DemandCurve curve = Curves.trace(TraceFile.read(write(TWO_VMS), 1).get(0), 1_000_000, 4);

        assertThat(curve.memoryKib(0)).isEqualTo(100_000);
        assertThat(curve.memoryKib(299 * SECOND_NS)).isEqualTo(100_000);
        assertThat(curve.memoryKib(300 * SECOND_NS)).isEqualTo(200_000);
        assertThat(curve.memoryKib(1199 * SECOND_NS)).isEqualTo(200_000);
        assertThat(curve.memoryKib(1200 * SECOND_NS)).isEqualTo(1_000_000);
        assertThat(curve.memoryKib(1201 * SECOND_NS)).isEqualTo(100_000);
        assertThat(curve.cpuMillicores(300 * SECOND_NS)).isEqualTo(2000);
        assertThat(curve.kind()).isEqualTo("trace a");
    }

    @Test
    void shouldMakeAGuestOfEachRecordedVm() throws Exception {
        List<GuestSpec> guests =
                EmbeddedFleet.recorded(TraceFile.read(write(TWO_VMS), 9), 64_000, 32_000, null);

        assertThat(guests).extracting(GuestSpec::name).containsExactly("guest-a", "guest-b");
        // Full use of the recorded capacity and the guest's own overhead fill the ceiling exactly.
        assertThat(guests.get(0).curve().memoryKib(1200 * SECOND_NS))
                .isEqualTo(64_000 - EmbeddedGuest.overheadKib(64_000));
    }

    private Path write(String content) throws IOException {
        Path file = Files.createTempFile(folder, "trace", ".csv");
        return Files.writeString(file, content);
    }
}
