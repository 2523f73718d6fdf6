package org.foreshape.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.foreshape.daemon.fault.ExitStatus;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.event.VmPolicy;
import org.foreshape.shaping.ShapingSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigReaderTest {
    @TempDir Path folder;

    private Config read(String yaml) throws IOException {
        Path file = folder.resolve("foreshape.yaml");
        Files.writeString(file, yaml);
        return ConfigReader.read(file, Map.of(), surroundings(false));
    }

    private Surroundings surroundings(boolean root) {
        return new Surroundings(root, folder, Map.of("XDG_RUNTIME_DIR", "/run/user/7"));
    }

    @Test
    void shouldListAllFaultsAtOnceWithTheirLines() {
        String yaml =
                """
                hypervisor:
                  uri: embedded
                host:
                  budgett: 60%
                journal:
                  sync: sometimes
                  sync-interval-ms: 0
                attention:
                  rounds-per-s: fast
                model:
                  path: [a, b]
                vms:
                  web:
                    floor-mib: 2048
                    ceiling-mib: 1024
                  db:
                    mode: attack
                wether: fine
                """;

        assertThatThrownBy(() -> read(yaml))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("8 faults")
                .hasMessageContaining("line 4: there is no key host.budgett; did you mean budget?")
                .hasMessageContaining(
                        "line 6: journal.sync is sometimes, must be none, interval or batch")
                .hasMessageContaining("line 7: journal.sync-interval-ms is 0, must be 10 to 600000")
                .hasMessageContaining(
                        "line 9: attention.rounds-per-s is fast, must be a whole number")
                .hasMessageContaining("line 11: model.path must be one value")
                .hasMessageContaining("vms.web: ceiling-mib 1024 is below floor-mib 2048")
                .hasMessageContaining(
                        "policy.mode is attack, must be observe, recommend or enforce")
                .hasMessageContaining("line 18: there is no section wether")
                .satisfies(e -> assertThat(((Failure) e).exitStatus()).isEqualTo(ExitStatus.USAGE));
    }

    @Test
    void shouldSayWhereAFileIsNotYaml() {
        assertThatThrownBy(() -> read("host:\n  budget: 60%\n bad: [1\n"))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("line 3: not YAML");
    }

    @Test
    void shouldRefuseAKeyThatStandsTwice() {
        assertThatThrownBy(() -> read("host:\n  budget: 60%\n  budget: 70%\n"))
                .hasMessageContaining("line 3: budget stands twice in host");
    }

    @Test
    void shouldNotBlowUpOnAliases() {
        assertThatThrownBy(() -> read("a: &a [x, x]\nb: &b [*a, *a]\nhost: *b\n"))
                .isInstanceOf(Failure.class);
    }

    @Test
    void shouldRefuseAFileThatIsMissingOrNotText() throws IOException {
        assertThatThrownBy(() ->
                        ConfigReader.read(
                                folder.resolve("none.yaml"), Map.of(), surroundings(false)))
                .hasMessageContaining("there is no configuration file");
        Path binary = folder.resolve("binary.yaml");
        Files.write(binary, new byte[] {(byte) 0xFF, (byte) 0xFE, 0});
        assertThatThrownBy(() -> ConfigReader.read(binary, Map.of(), surroundings(false)))
                .hasMessageContaining("not UTF-8");
    }

    @Test
    void shouldRefuseASocketPathThatTheKernelCannotTake() {
        assertThatThrownBy(() -> read("control:\n  socket: /" + "x".repeat(120) + "\n"))
                .hasMessageContaining("line 2: control.socket is 121 bytes long");
    }

    @Test
    void shouldShapeByTheDefaultsWhatAFileLeavesOut() throws IOException {
        assertThat(read("hypervisor:\n  uri: embedded\n").shaping())
                .isEqualTo(ShapingSettings.defaults());
        assertThat(read("shaping:\n  bandKib: 1024\n  sculptChurnKib: 0\n").shaping())
                .isEqualTo(
                        ShapingSettings.defaults().with("bandKib", 1024).with("sculptChurnKib", 0));
    }

    @Test
    void shouldKeepWhatTasksReadBesideTheJournal() throws IOException {
        Config usual = read("journal:\n  directory: /var/x/journal\n");
        assertThat(usual.warmDirectory()).isEqualTo(Path.of("/var/x/warm"));
        assertThat(usual.guestFiles()).isNull();
        Config own = read("prewarm:\n  directory: /srv/warm\n  guest-files: " + folder + "\n");
        assertThat(own.warmDirectory()).isEqualTo(Path.of("/srv/warm"));
        assertThat(own.guestFiles()).isEqualTo(folder);
        assertThatThrownBy(() -> read("prewarm:\n  guest-files: /no/such/folder\n"))
                .hasMessageContaining("line 2: prewarm.guest-files is /no/such/folder, which is no")
                .hasMessageContaining("make it, or say none");
    }

    @Test
    void shouldFillInWhatAVmLeavesOutFromThePolicy() throws IOException {
        Config config =
                read(
                        """
                        policy:
                          mode: enforce
                          floor-mib: 128
                        vms:
                          "web 1":
                            priority: 9
                            ceiling-mib: 2048
                          idle:
                        """);

        assertThat(config.policyOf("web 1"))
                .isEqualTo(new VmPolicy(VmMode.ENFORCE, 9, 128 * 1024, 2048 * 1024));
        assertThat(config.policyOf("unknown"))
                .isEqualTo(new VmPolicy(VmMode.ENFORCE, 5, 128 * 1024, Long.MAX_VALUE));
    }

    @Test
    void shouldPutOptionsOnTopOfTheFile() throws IOException {
        Path file = folder.resolve("f.yaml");
        Files.writeString(file, "policy:\n  mode: observe\n");

        Config config =
                ConfigReader.read(file, Map.of("policy.mode", "enforce"), surroundings(true));

        assertThat(config.policy().mode()).isEqualTo(VmMode.ENFORCE);
    }

    @Test
    void shouldKeepFilesWhereTheUserMayWrite() {
        Config user = ConfigReader.read(null, Map.of(), surroundings(false));
        assertThat(user.controlSocket()).hasToString("/run/user/7/foreshape/control.sock");
        assertThat(user.journalDirectory())
                .isEqualTo(folder.resolve(".local/state/foreshape/journal"));
    }

    @Test
    void shouldReadBackWhatItPrints() throws IOException {
        Config config =
                read(
                        """
                        hypervisor:
                          uri: "qemu:///session"
                        host:
                          budget: 3 GiB
                        vms:
                          "odd: name #1":
                            mode: enforce
                        """);

        assertThat(read(config.print())).isEqualTo(withText(config, "3 GiB"));
        assertThat(config.hostBudget().kib(1)).isEqualTo(3L << 20);
    }

    private static Config withText(Config config, String budget) {
        assertThat(config.effective()).containsEntry(ConfigKey.HOST_BUDGET, budget);
        return config;
    }

    @Test
    void shouldTakeABudgetAsAShareOfTheHost() {
        assertThat(MemoryBudget.parse("60%").kib(1000)).isEqualTo(600);
        assertThatThrownBy(() -> MemoryBudget.parse("0%")).hasMessageContaining("1% to 100%");
        assertThatThrownBy(() -> MemoryBudget.parse("lots")).hasMessageContaining("16 GiB");
    }

    @Test
    void shouldReadTheShapersSettingsAndNameTheirFaults() throws IOException {
        Config config =
                read("shaping:\n  marginFloorKib: 70000\n  objective: maximize-utilization\n");
        assertThat(config.shaping().marginFloorKib()).isEqualTo(70_000);
        assertThat(read(config.print())).isEqualTo(config);

        assertThatThrownBy(() -> read("shaping:\n  marginFloor: 1\n  leadNs: soon\n"))
                .hasMessageContaining("line 2: there is no key shaping.marginFloor; did you mean")
                .hasMessageContaining("line 3: shaping.leadNs is soon, must be a whole number");
        assertThatThrownBy(() -> read("shaping:\n  backoffNs: 5\n  backoffNsMax: 4\n"))
                .hasMessageContaining("line 3: shaping.backoffNsMax");
    }

    @Test
    void shouldSayWhatEveryKeyOfTheShaperMeans() {
        assertThat(ShapingKeys.meanings().keySet())
                .containsExactlyInAnyOrderElementsOf(ShapingKeys.names());
    }

    @Test
    void shouldDocumentEveryKey() throws IOException {
        Path page =
                Path.of(System.getProperty("foreshape.root", ".."))
                        .resolve("docs/operating/configuration.md");
        if (Boolean.getBoolean("foreshape.docs.write")) {
            Files.createDirectories(page.getParent());
            Files.writeString(page, ConfigDocs.markdown());
        }
        assertThat(page)
                .as("write it again with -Dforeshape.docs.write=true")
                .hasContent(ConfigDocs.markdown());
    }
}
