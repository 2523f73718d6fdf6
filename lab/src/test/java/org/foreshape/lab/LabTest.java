package org.foreshape.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LabTest {
    @TempDir private Path folder = Path.of("");

    @Test
    void shouldNameTheCureWhenThereIsNoImage() {
        assertThat(Lab.imageLack(folder, null))
                .hasValueSatisfying(words ->
                        assertThat(words)
                                .contains(folder.toString(), "vmlinuz", "run lab/prepare"));
    }

    @Test
    void shouldSayWhenTheImageIsNotOfTheseSources() throws Exception {
        Path image = Files.createDirectory(folder.resolve("image"));
        Path guest = Files.createDirectories(folder.resolve("lab/guest"));
        for (String name : List.of("vmlinuz", "initrd.gz", "stamp")) {
            Files.writeString(image.resolve(name), "x");
        }
        Files.writeString(guest.resolveSibling("prepare"), "a");
        Files.writeString(guest.resolve("init"), "b");
        Files.writeString(guest.resolve("memw.c"), "c");

        assertThat(Lab.imageLack(image, folder.resolve("lab")))
                .hasValueSatisfying(words -> assertThat(words).contains("not of these sources"));
        assertThat(Lab.imageLack(image, null)).isEmpty();

        // The SHA-256 of "abc", a published test vector.
        Files.writeString(
                image.resolve("stamp"),
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\nlinux-image\n");
        assertThat(Lab.imageLack(image, folder.resolve("lab"))).isEmpty();
    }

    @Test
    void shouldRefuseFoldersThatCannotHoldItsSockets() throws Exception {
        assertThatThrownBy(() -> PrivateLibvirtd.start(folder.resolve("x".repeat(60))))
                .isInstanceOf(LabException.class)
                .hasMessageContaining("too long for unix sockets");
        Path full = Files.createTempDirectory("full");
        Files.writeString(full.resolve("mine"), "kept");
        assertThatThrownBy(() -> PrivateLibvirtd.start(full))
                .isInstanceOf(LabException.class)
                .hasRootCauseMessage("it is not empty");
        assertThat(full.resolve("mine")).hasContent("kept");
        Files.delete(full.resolve("mine"));
        Files.delete(full);
    }

    @Test
    void shouldNameTheToolsThatPrepareLacks() throws Exception {
        Path tools = Files.createDirectory(folder.resolve("tools"));
        for (String tool : List.of("uname", "dirname", "cat", "gzip")) {
            Path wrapper = tools.resolve(tool);
            String target = Processes.find(tool).orElseThrow().toString();
            Files.writeString(wrapper, "#!/bin/bash\nexec " + target + " \"$@\"\n");
            assertThat(wrapper.toFile().setExecutable(true)).isTrue();
        }
        Path prepare = Path.of(System.getProperty("foreshape.root"), "lab", "prepare");
        Processes.Output output =
                Processes.run(
                        List.of("/usr/bin/env", "PATH=" + tools, "/bin/bash", prepare.toString()),
                        Duration.ofSeconds(20));

        assertThat(output.exitStatus()).isEqualTo(3);
        assertThat(output.stderr())
                .contains("not installed: cpio gcc apt-get")
                .contains("cure: apt-get install")
                .contains("libvirt-daemon");
    }

    @Test
    void shouldEndAProgramThatIsLate() {
        assertThatThrownBy(() -> Processes.run(List.of("sleep", "59.25"), Duration.ofMillis(50)))
                .isInstanceOf(LabTimeoutException.class)
                .hasMessageContaining("'sleep 59.25' did not end within 50 ms");
        assertThat(ProcessHandle.current().children().filter(Processes::isAlive))
                .noneMatch(child ->
                        child.info().arguments().stream()
                                .anyMatch(words -> List.of(words).contains("59.25")));
    }
}
