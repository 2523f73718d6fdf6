package org.foreshape.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Tick;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostTelemetryTest {
    private final SampleSection sample = new Tick(1).sample;

    @Test
    void shouldSayWhatIsMissingWhenThereIsNoProc(@TempDir Path empty) {
        assertThatThrownBy(() -> HostTelemetry.open(empty))
                .isInstanceOf(HypervisorException.class)
                .hasMessageContaining(empty.toString())
                .hasMessageContaining("run on Linux");
    }

    @Test
    void shouldReadTheFieldsOfTheFiles(@TempDir Path proc) throws Exception {
        write(proc, "MemTotal:  1000 kB\nMemFree: 1 kB\nMemAvailable:    600 kB\n");
        Files.createDirectories(proc.resolve("pressure"));
        Files.writeString(
                proc.resolve("pressure/memory"),
                "some avg10=0.00 avg60=0.00 avg300=0.00 total=42\nfull avg10=0.00 total=7\n");
        try (HostTelemetry host = HostTelemetry.open(proc)) {
            host.refresh();
            host.writeTo(sample);

            assertThat(sample.hostMemoryKib).isEqualTo(1000);
            assertThat(sample.hostAvailableKib).isEqualTo(600);
            assertThat(sample.hostMemoryStallNs).isEqualTo(42_000);
            assertThat(sample.hostCpuMillicores).isEqualTo(SampleSection.UNKNOWN);
        }
    }

    @Test
    void shouldLeaveUnknownWhatIsNotThere(@TempDir Path proc) throws Exception {
        write(proc, "MemTotal:  1000 kB\n");
        try (HostTelemetry host = HostTelemetry.open(proc)) {
            host.refresh();
            host.writeTo(sample);

            assertThat(sample.hostMemoryKib).isEqualTo(1000);
            assertThat(sample.hostAvailableKib).isEqualTo(SampleSection.UNKNOWN);
            assertThat(sample.hostMemoryStallNs).isEqualTo(SampleSection.UNKNOWN);
        }
    }

    @Test
    void shouldTellTheCpuInUseBetweenTwoReadings(@TempDir Path proc) throws Exception {
        write(proc, "MemTotal: 1 kB\n");
        try (HostTelemetry host = HostTelemetry.open(proc)) {
            host.refresh();
            Files.writeString(proc.resolve("stat"), "cpu  1010 0 510 9000 10 0 0 5 0 0\n");
            Thread.sleep(250);
            host.refresh();
            host.writeTo(sample);

            // 25 ticks of 10 ms within at least 250 ms: at most one core.
            assertThat(sample.hostCpuMillicores).isBetween(1L, 1000L);
        }
    }

    @Test
    void shouldReadThisHost() {
        try (HostTelemetry host = HostTelemetry.open()) {
            host.refresh();

            assertThat(host.memoryKib()).isGreaterThan(host.availableKib());
            assertThat(host.availableKib()).isPositive();
        }
    }

    @Test
    void shouldReadThisProcess() throws Exception {
        try (ProcessTelemetry self = ProcessTelemetry.open(ProcessHandle.current().pid())) {
            assertThat(self.refresh()).isTrue();
            assertThat(self.residentKib()).isGreaterThan(10_000);
            assertThat(self.cpuTimeNs()).isPositive();
        }
    }

    @Test
    void shouldNoticeThatAProcessEnded() throws Exception {
        Process child = new ProcessBuilder("sleep", "60").start();
        try (ProcessTelemetry telemetry = ProcessTelemetry.open(child.pid())) {
            assertThat(telemetry.refresh()).isTrue();
            child.destroyForcibly().waitFor();

            assertThat(telemetry.refresh()).isFalse();
            assertThat(telemetry.residentKib()).isEqualTo(SampleSection.UNKNOWN);
        } finally {
            child.destroyForcibly();
        }
    }

    @Test
    void shouldNotOpenAProcessThatIsNotThere() {
        assertThatThrownBy(() -> ProcessTelemetry.open(Integer.MAX_VALUE))
                .isInstanceOf(IOException.class);
    }

    private static void write(Path proc, String memory) throws IOException {
        Files.writeString(proc.resolve("meminfo"), memory);
        Files.writeString(proc.resolve("stat"), "cpu  1000 0 500 9000 10 0 0 0 0 0\ncpu0 1\n");
    }
}
