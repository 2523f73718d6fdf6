package org.foreshape.numasculptor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.foreshape.lab.Lab;
import org.foreshape.nativebindings.linux.PageBatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Which rights each step needs, held against what the kernel does: the sculptor runs as another
 * user with some capabilities, by setpriv, and must say beforehand what it may not do.
 */
class LeastPrivilegeTest {
    private static final String OWNER = "65534";
    private static final String STRANGER = "65533";

    private @Nullable Path prepared;

    /** What a user without rights can read and run. */
    @BeforeEach
    void prepare() throws Exception {
        boolean able =
                "root".equals(System.getProperty("user.name"))
                        && Files.isExecutable(Path.of("/usr/bin/setpriv"));
        if (!able && "1".equals(System.getenv(Lab.REQUIRED))) {
            throw new IllegalStateException("root and setpriv (package util-linux) are required");
        }
        Assumptions.assumeTrue(able, "needs root and setpriv (package util-linux)");
        Path folder = Files.createTempDirectory("foreshape-rights");
        prepared = folder;
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (Class<?> type : List.of(Sculptor.class, PageBatch.class, RightsMain.class)) {
            Path classes =
                    Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
            if (Files.isDirectory(classes)) {
                run("cp", "-r", classes + "/.", folder.toString());
            } else {
                run("cp", classes.toString(), folder + "/" + classes.getFileName());
            }
        }
        run("cp", MemHold.program().toString(), folder + "/memhold");
        run("chmod", "-R", "a+rX", folder.toString());
    }

    @AfterEach
    void remove() throws Exception {
        if (prepared != null) {
            run("rm", "-r", prepared.toString());
        }
    }

    @ParameterizedTest(name = "{0} with {1}: move {2}, madvise {3}, working set {4}")
    @CsvSource({
        "owner, '', true, false, true",
        "owner, sys_nice, true, true, true",
        "stranger, '', false, false, false",
        "stranger, sys_nice, false, false, false",
        "stranger, sys_ptrace, true, false, false",
        "stranger, sys_ptrace:sys_nice, true, true, false",
        "stranger, sys_ptrace:sys_nice:dac_override, true, true, true",
    })
    void shouldSayBeforehandWhatTheRightsDoNotAllow(
            String who, String capabilities, boolean move, boolean madvise, boolean workingSet)
            throws Exception {
        List<String> asOwner =
                List.of("setpriv", "--reuid=" + OWNER, "--regid=" + OWNER, "--clear-groups");
        try (MemHold child = MemHold.start(asOwner, folder().resolve("memhold"), 4)) {
            List<String> lines =
                    rights(who.equals("owner") ? OWNER : STRANGER, capabilities, child);
            assertThat(lines)
                    .as("%s", lines)
                    .anyMatch(line -> line.startsWith("CAN MOVE " + move))
                    .anyMatch(line -> line.startsWith("CAN COLLAPSE " + madvise))
                    .anyMatch(line -> line.startsWith("CAN COLD " + madvise))
                    .anyMatch(line -> line.startsWith("CAN COMPACT false"))
                    .anyMatch(line -> line.startsWith("CAN WORKING_SET " + workingSet))
                    .anyMatch(line ->
                            line.startsWith("DOCTOR COLD " + capabilities.contains("sys_nice")));
            // What was said to be possible is, and nothing else was tried.
            assertThat(outcome(lines, Step.MOVE)).isEqualTo(move ? "DONE" : "UNAVAILABLE");
            assertThat(outcome(lines, Step.COLLAPSE)).isEqualTo(madvise ? "DONE" : "UNAVAILABLE");
            assertThat(outcome(lines, Step.COLD)).isEqualTo(madvise ? "DONE" : "UNAVAILABLE");
            assertThat(outcome(lines, Step.COMPACT)).isEqualTo("UNAVAILABLE");
            assertThat(child.badWords()).isZero();
        }
    }

    private Path folder() {
        return Objects.requireNonNull(prepared);
    }

    private static String outcome(List<String> lines, Step step) {
        return lines.stream()
                .filter(line -> line.startsWith("DID " + step + " "))
                .map(line -> line.split(" ", -1)[2])
                .findFirst()
                .orElse("");
    }

    private List<String> rights(String uid, String capabilities, MemHold child) throws Exception {
        String path;
        try (Stream<Path> jars = Files.list(folder())) {
            path =
                    jars.map(Path::toString)
                            .filter(name -> name.endsWith(".jar"))
                            .reduce(folder().toString(), (a, b) -> a + ":" + b);
        }
        var command =
                new ArrayList<>(
                        List.of(
                                "setpriv",
                                "--reuid=" + uid,
                                "--regid=" + uid,
                                "--clear-groups",
                                "--inh-caps=-all" + list(capabilities),
                                "--ambient-caps=-all" + list(capabilities)));
        command.addAll(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Xshare:auto",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        path,
                        RightsMain.class.getName(),
                        Integer.toString(child.pid()),
                        Long.toHexString(child.range().start()),
                        Long.toString(child.range().sizeBytes())));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        List<String> lines = process.inputReader().readAllLines();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as("%s", lines).isZero();
        return lines;
    }

    private static String list(String capabilities) {
        return capabilities.isEmpty() ? "" : ",+" + capabilities.replace(":", ",+");
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as("%s", List.of(command)).isZero();
    }
}
