package org.foreshape.hypervisor.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which process is a domain's QEMU. */
final class QemuProcessTest {
    private static final UUID WANTED = new UUID(0x1234, 0x5678);

    @TempDir private Path proc;

    @Test
    void shouldFindTheProcessOfTheUuid() throws Exception {
        process(7, "qemu-system-x86_64", "-name", "guest=a", "-uuid", WANTED.toString(), "-S");
        process(8, "qemu-system-x86_64", "-uuid", new UUID(1, 2).toString());

        assertThat(QemuProcess.find(proc, WANTED)).isEqualTo(7);
    }

    @Test
    void shouldTakeNoneWhenTwoCouldBeIt() throws Exception {
        process(7, "qemu-system-x86_64", "-uuid", WANTED.toString());
        process(9, "qemu-system-x86_64", "-uuid", WANTED.toString());

        assertThat(QemuProcess.find(proc, WANTED)).isNegative();
    }

    @Test
    void shouldNotTakeProcessesThatOnlyNameTheUuid() throws Exception {
        process(7, "grep", WANTED.toString());
        process(8, "-uuid", WANTED.toString());
        process(9, "qemu-system-x86_64", "-uuid");
        Files.createDirectory(proc.resolve("10"));
        Files.createDirectory(proc.resolve("self"));

        assertThat(QemuProcess.find(proc, WANTED)).isNegative();
        assertThat(QemuProcess.open(proc, WANTED)).isNull();
    }

    @Test
    void shouldFindNoneWithoutProc() {
        assertThat(QemuProcess.find(proc.resolve("absent"), WANTED)).isNegative();
    }

    private void process(int pid, String... words) throws IOException {
        Path folder = Files.createDirectory(proc.resolve(Integer.toString(pid)));
        Files.writeString(folder.resolve("cmdline"), String.join("\0", words) + "\0");
    }
}
