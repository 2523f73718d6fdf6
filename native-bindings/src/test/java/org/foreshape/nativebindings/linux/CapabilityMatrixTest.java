package org.foreshape.nativebindings.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Which rights each act on another process needs, for real: a target of one user, and callers of
 * that and of another user with growing sets of capabilities. What the kernel answers is compared
 * with the expected errno, and what {@link ActProbe} foretells with what the kernel answered. Linux
 * 6.18 without Yama deviates nowhere; the kernel checks the right to look at the other before that
 * to change it in process_madvise (EACCES, then EPERM), and after it in move_pages (always EPERM).
 */
@Tag("NeedsRoot")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CapabilityMatrixTest {
    /** No user of the machine needs to have these numbers. */
    private static final int TARGET_UID = 54_321;

    private static final int OTHER_UID = 54_322;
    private static final String FD = "0";

    @TempDir static Path folder;

    private Process target;
    private String address = "";

    @BeforeAll
    void startTarget() throws Exception {
        assumeTrue(
                Privileges.ofThisProcess().uid() == 0 && Files.exists(Path.of("/usr/bin/setpriv")),
                "skipped: needs root and setpriv (apt-get install util-linux)");
        assumeTrue(
                !Files.exists(Path.of("/proc/sys/kernel/yama/ptrace_scope"))
                        || Files.readString(Path.of("/proc/sys/kernel/yama/ptrace_scope"))
                                .startsWith("0"),
                "skipped: kernel.yama.ptrace_scope is not 0, so that less is allowed");
        openToAll();
        target = asUser(TARGET_UID, "", List.of("sleep", "600")).start();
        awaitName(target, "sleep");
        address = stackPage(target);
    }

    @AfterAll
    void endTarget() {
        if (target != null) {
            target.destroyForcibly();
        }
    }

    /**
     * Columns: memory = readv, move_pages, pidfd_getfd; change = process_madvise; all = MOVE_ALL.
     */
    @ParameterizedTest(name = "{0} uid with [{1}]")
    @CsvSource(
            nullValues = "-",
            value = {
                // whose uid, capabilities, memory, change, all, files, smaps
                "same,                              '', ok,    EPERM,  EPERM, ok,     ok",
                "same,                       +sys_nice, ok,    ok,     ok,    ok,     ok",
                "other,                              '', EPERM, EACCES, EPERM, EACCES, EACCES",
                "other,                       +sys_nice, EPERM, EACCES, EPERM, EACCES, EACCES",
                "other,                     +sys_ptrace, ok,    EPERM,  EPERM, EACCES, ok",
                "other,          '+sys_ptrace,+sys_nice', ok,    ok,     ok,    EACCES, ok",
                "other, '+sys_ptrace,+sys_nice,+dac_override', ok, ok,   ok,    ok,     ok",
            })
    void shouldAnswerAsTheMatrixSays(
            String whose,
            String capabilities,
            String memory,
            String change,
            String all,
            String files,
            String smaps)
            throws Exception {
        int uid = whose.equals("same") ? TARGET_UID : OTHER_UID;
        Map<String, String> said = runCell(target, address, uid, capabilities);

        var expected = new TreeMap<String, String>();
        expected.put("real read_remote_memory", memory);
        expected.put("real pidfd_getfd", memory);
        expected.put("real move_pages", memory);
        expected.put("real process_madvise", change);
        expected.put("real move_all_pages", all);
        expected.put("real pagemap", files);
        expected.put("real clear_refs", files);
        expected.put("real smaps", smaps);
        expected.put("real migrate_pages", memory);
        expected.put("real mem", files);
        expected.put("real fd", files);
        expected.put("real kpageflags", capabilities.contains("dac_override") ? "ok" : "EACCES");
        // Nobody here has CAP_SYS_ADMIN, without which the kernel hides where a page lies.
        expected.put(
                "real frame_number", files.equals("ok") ? "java.io.IOException: hidden" : "EACCES");
        assertThat(said).containsAllEntriesOf(expected);
        assertForetold(said);
        assertMachine(uid, capabilities, said);
    }

    @Test
    void shouldNameWhatGuardsATargetOfTheSameUser() throws Exception {
        // A program that its user may run but not read is not dumpable. setpriv itself still has
        // all rights when it runs a program, so that a shell must do that.
        Path hidden = folder.resolve("hidden");
        Files.copy(Path.of("/bin/sleep"), hidden);
        Files.setPosixFilePermissions(hidden, PosixFilePermissions.fromString("rwx--x--x"));
        Process dark =
                asUser(TARGET_UID, "", List.of("sh", "-c", "exec " + hidden + " 600")).start();
        Process strong = asUser(TARGET_UID, "+sys_nice", List.of("sleep", "600")).start();
        try {
            awaitName(dark, "hidden");
            awaitName(strong, "sleep");
            Map<String, String> said = runCell(dark, stackPage(dark), TARGET_UID, "");
            assertThat(said)
                    .containsEntry("real read_remote_memory", "EPERM")
                    .containsEntry("real process_madvise", "EACCES")
                    .containsEntry("real smaps", "EACCES")
                    .containsEntry("real pagemap", "EACCES");
            assertForetold(said);
            assertThat(said.get("probe read_remote_memory"))
                    .contains("is not dumpable; grant CAP_SYS_PTRACE (");
            assertThat(said.get("probe process_madvise"))
                    .contains("grant CAP_SYS_PTRACE CAP_SYS_NICE (");
            assertThat(said.get("probe clear_refs"))
                    .contains("belong to uid 0", "CAP_SYS_PTRACE CAP_DAC_OVERRIDE (");
            Map<String, String> able =
                    runCell(dark, stackPage(dark), TARGET_UID, "+sys_ptrace,+sys_nice");
            assertThat(able).containsEntry("real process_madvise", "ok");
            assertForetold(able);

            Map<String, String> weaker = runCell(strong, stackPage(strong), TARGET_UID, "");
            assertThat(weaker).containsEntry("real read_remote_memory", "EPERM");
            assertForetold(weaker);
            assertThat(weaker.get("probe read_remote_memory"))
                    .contains("has capabilities that this one lacks");
        } finally {
            dark.destroyForcibly();
            strong.destroyForcibly();
        }
    }

    /** What the probe says, and with which errno, is what the act met. */
    private static void assertForetold(Map<String, String> said) {
        for (MemoryAct act : MemoryAct.values()) {
            String name = act.name().toLowerCase(Locale.ROOT);
            String real = said.get("real " + name);
            String probe = String.valueOf(said.get("probe " + name));
            if (real != null && real.equals("ok")) {
                assertThat(probe).as(name).isEqualTo("ok");
            } else if (real != null) {
                assertThat(probe).as(name).startsWith(real + ", ").contains("; ", "CAP_");
            }
        }
    }

    /**
     * A switch of root stays root's: the huge-page switch yields to DAC_OVERRIDE, being a file of
     * sysfs; compact_memory, a sysctl, does not, but node0/compact is a file of sysfs as well.
     */
    private static void assertMachine(int uid, String capabilities, Map<String, String> said)
            throws IOException {
        boolean dac = capabilities.contains("dac_override");
        if (Files.exists(Path.of("/sys/kernel/mm/transparent_hugepage"))) {
            assertThat(String.valueOf(said.get("probe huge_page_switch")))
                    .as("uid " + uid)
                    .startsWith(dac ? "ok" : "EACCES");
        }
        if (Files.exists(Path.of("/sys/devices/system/node/node0/compact"))) {
            assertThat(String.valueOf(said.get("probe compaction")))
                    .as("uid " + uid)
                    .startsWith(dac ? "ok" : "EACCES");
        }
        boolean ptrace = capabilities.contains("sys_ptrace");
        if (isZero("/proc/sys/vm/unprivileged_userfaultfd")) {
            assertThat(String.valueOf(said.get("probe userfaultfd")))
                    .startsWith(ptrace || dac ? "ok" : "EPERM");
        }
        assertThat(String.valueOf(said.get("probe readahead"))).isEqualTo("ok");
        assertThat(String.valueOf(said.get("probe idle_reads"))).isEqualTo("ok");
    }

    private static boolean isZero(String file) throws IOException {
        Path path = Path.of(file);
        return Files.exists(path) && Files.readString(path).strip().equals("0");
    }

    private static Map<String, String> runCell(
            Process of, String page, int uid, String capabilities) throws Exception {
        List<String> command =
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx64m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        folder.resolve("classes").toString(),
                        CapabilityCell.class.getName(),
                        Long.toString(of.pid()),
                        page,
                        FD);
        Process cell = asUser(uid, capabilities, command).redirectErrorStream(true).start();
        String output = new String(cell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(cell.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(cell.exitValue()).as(output).isZero();
        Map<String, String> said = new TreeMap<>();
        for (String line : output.lines().toList()) {
            String[] parts = line.split(" ", 3);
            said.put(parts[0] + " " + parts[1], parts[2]);
        }
        return said;
    }

    private static ProcessBuilder asUser(int uid, String capabilities, List<String> program) {
        List<String> command = new ArrayList<>();
        command.add("setpriv");
        command.add("--reuid=" + uid);
        command.add("--regid=" + uid);
        command.add("--clear-groups");
        command.add("--inh-caps=-all" + (capabilities.isEmpty() ? "" : "," + capabilities));
        if (!capabilities.isEmpty()) {
            command.add("--ambient-caps=-all," + capabilities);
        }
        command.add("--bounding-set=-all" + (capabilities.isEmpty() ? "" : "," + capabilities));
        command.addAll(program);
        return new ProcessBuilder(command).directory(new java.io.File("/"));
    }

    /** The stack is always there, touched, private and writable. */
    private static String stackPage(Process of) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + of.pid() + "/maps"))) {
            if (line.endsWith("[stack]")) {
                long end =
                        Long.parseUnsignedLong(
                                line.substring(line.indexOf('-') + 1).split(" ", 2)[0], 16);
                return Long.toHexString(end - 4096);
            }
        }
        throw new IllegalStateException("the target has no stack");
    }

    /** setpriv becomes the program after it has changed its user. */
    private static void awaitName(Process of, String wanted) throws Exception {
        Path name = Path.of("/proc/" + of.pid() + "/comm");
        for (int round = 0; !Files.readString(name).strip().equals(wanted); round++) {
            assertThat(round).as("the target starts").isLessThan(1_000);
            Thread.sleep(20);
        }
    }

    /** The folders of the build need not be readable by everyone. */
    private static void openToAll() throws IOException {
        Path classes = folder.resolve("classes");
        for (Class<?> start : List.of(ActProbe.class, CapabilityCell.class)) {
            Path root;
            try {
                root = Path.of(start.getProtectionDomain().getCodeSource().getLocation().toURI());
            } catch (java.net.URISyntaxException e) {
                throw new IOException(e);
            }
            for (String part :
                    List.of(
                            "org/foreshape/nativebindings/linux",
                            "org/foreshape/nativebindings/internal",
                            "org/foreshape/nativebindings")) {
                copy(root.resolve(part), classes.resolve(part));
            }
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.toList()) {
                Files.setPosixFilePermissions(
                        path,
                        PosixFilePermissions.fromString(
                                Files.isDirectory(path) ? "rwxr-xr-x" : "rw-r--r--"));
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        if (!Files.isDirectory(from)) {
            return;
        }
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(
                        file,
                        to.resolve(file.getFileName().toString()),
                        StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }
}
