package org.foreshape.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("NeedsLibvirt")
final class PrivateLibvirtdTest {
    @BeforeEach
    void skipWithoutLab() {
        Lab.reasonToSkip().ifPresent(reason -> Assumptions.abort(reason));
    }

    @Test
    void shouldLeaveNoProcessMountOrFileBehind() throws Exception {
        String mountsBefore = mounts();
        Path first;
        Path second;
        String prefix;
        try (PrivateLibvirtd one = PrivateLibvirtd.start();
                PrivateLibvirtd two = PrivateLibvirtd.start()) {
            first = one.folder();
            second = two.folder();
            prefix = one.prefix();
            assertThat(one.uri()).isNotEqualTo(two.uri());
            assertThat(one.prefix()).isNotEqualTo(two.prefix());
            assertThat(one.pid()).isNotEqualTo(two.pid());
            assertThat(one.virsh("uri").trim()).isEqualTo(one.uri());
            assertThat(mounts()).isEqualTo(mountsBefore);

            // A guest that nobody destroys is ended with its libvirtd, and the other libvirtd never
            // sees it.
            Guest forgotten = one.create(GuestSpec.builder("a").build());
            assertThat(forgotten.isRunning()).isTrue();
            assertThat(one.virsh("list", "--name")).contains(forgotten.domainName());
            assertThat(two.virsh("list", "--name").trim()).isEmpty();
            assertThat(processesWith(first)).isNotEmpty();
        }
        assertThat(processesWith(first)).isEmpty();
        assertThat(processesWith(second)).isEmpty();
        assertThat(controlGroupsWith(prefix)).isEmpty();
        assertThat(first).doesNotExist();
        assertThat(second).doesNotExist();
        assertThat(mounts()).isEqualTo(mountsBefore);
    }

    @Test
    void shouldEndEverythingWhenItsOwnerDiesWithoutAHook() throws Exception {
        List<String> said = runOwner(List.of());
        assertThat(said).as("folder and prefix").hasSizeGreaterThanOrEqualTo(2);
        Path folder = Path.of(said.get(said.size() - 2));
        assertThat(folder.getFileName().toString()).startsWith("fsl-");

        assertThat(Processes.await(Duration.ofSeconds(30), () -> processesWith(folder).isEmpty()))
                .as("processes left: %s", processesWith(folder))
                .isTrue();
        assertThat(Processes.await(Duration.ofSeconds(20), () -> !Files.exists(folder))).isTrue();
        assertThat(controlGroupsWith(said.getLast())).isEmpty();
    }

    @Test
    void shouldLeaveNothingWhereNoNamespaceCanBeMade() throws Exception {
        Path folder = Path.of(System.getProperty("java.io.tmpdir"), "fsl-without-admin");
        List<String> said =
                runOwner(
                        List.of("setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-all"),
                        folder.toString());

        assertThat(said)
                .anyMatch(line -> line.contains("could not make the namespace"))
                .anyMatch(line -> line.contains("Operation not permitted"));
        assertThat(folder).doesNotExist();
    }

    @Test
    void shouldTellLibvirtsOwnWordsWhenItRefuses() {
        try (PrivateLibvirtd libvirtd = PrivateLibvirtd.start()) {
            assertThatThrownBy(() -> libvirtd.virsh("domstate", "nobody"))
                    .isInstanceOf(LabException.class)
                    .hasMessageContaining("failed to get domain 'nobody'");
            GuestSpec broken = GuestSpec.builder("b").devicesXml("<disk type='odd'/>").build();
            assertThatThrownBy(() -> libvirtd.create(broken))
                    .isInstanceOf(LabException.class)
                    .hasMessageContaining("odd");
            assertThatThrownBy(libvirtd::startDaemon)
                    .isInstanceOf(LabException.class)
                    .hasMessageContaining("runs already");

            libvirtd.stopDaemon();
            assertThat(libvirtd.isRunning()).isFalse();
            assertThatThrownBy(libvirtd::pid).hasMessageContaining("does not run");
            assertThatThrownBy(() -> libvirtd.virsh("list"))
                    .isInstanceOf(LabException.class)
                    .hasMessageContaining("failed to connect");
        }
    }

    /** A process that starts a libvirtd and a guest, and dies as by a kill. */
    static final class Owner {
        private Owner() {}

        public static void main(String[] args) {
            PrivateLibvirtd libvirtd =
                    args.length == 0
                            ? PrivateLibvirtd.start()
                            : PrivateLibvirtd.start(Path.of(args[0]));
            Guest guest = libvirtd.create(GuestSpec.builder("a").build());
            System.out.println(guest.isRunning() ? libvirtd.folder() : "no guest");
            System.out.println(libvirtd.prefix());
            Runtime.getRuntime().halt(0);
        }
    }

    private static List<String> runOwner(List<String> wrapper, String... arguments)
            throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        var command = new ArrayList<>(wrapper);
        command.addAll(
                List.of(
                        java.toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Owner.class.getName()));
        command.addAll(List.of(arguments));
        Path out = Files.createTempFile("owner", ".out");
        Process owner =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(out.toFile())
                        .start();
        assertThat(Processes.waitFor(owner, Duration.ofSeconds(100))).isTrue();
        List<String> said = Files.readAllLines(out);
        Files.delete(out);
        return said;
    }

    /** The control groups that libvirt made for domains of a prefix, and that outlived them. */
    private static List<Path> controlGroupsWith(String prefix) throws IOException {
        try (Stream<Path> all = Files.walk(Path.of("/sys/fs/cgroup"))) {
            return all.filter(path -> path.getFileName().toString().contains(prefix)).toList();
        }
    }

    private static String mounts() throws IOException {
        return Files.readString(Path.of("/proc/self/mountinfo"));
    }

    /**
     * The processes whose command line names the folder: the keeper, its libvirtd and its guests
     * do.
     */
    private static List<Long> processesWith(Path folder) {
        return ProcessHandle.allProcesses()
                .filter(Processes::isAlive)
                .filter(process -> commandLine(process.pid()).contains(folder.toString()))
                .map(ProcessHandle::pid)
                .toList();
    }

    private static String commandLine(long pid) {
        try {
            byte[] bytes = Files.readAllBytes(Path.of("/proc/" + pid + "/cmdline"));
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }
}
