package org.foreshape.prefault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HugePageSwitchTest {
    private static final String WORDS = "always [inherit] madvise never\n";

    /** As long as the old value, since a plain file keeps the rest of a longer word. */
    private static final String ASIDE = "neither";

    @TempDir private Path folder;

    private Path file() throws IOException {
        return Files.writeString(folder.resolve("enabled"), "inherit");
    }

    @Test
    void shouldHoldTheOldValueAndPutItBack() throws IOException {
        Path file = file();
        List<String> seen = new ArrayList<>();
        try (HugePageSwitch held = new HugePageSwitch(file, ASIDE)) {
            held.during(() -> seen.add(whole(file)));
            assertThat(seen).containsExactly(ASIDE);
            assertThat(whole(file)).isEqualTo("inherit");
            held.during(() -> seen.add(whole(file)));
            assertThat(seen).hasSize(2);
        }
        assertThat(whole(file)).isEqualTo("inherit");
    }

    @Test
    void shouldPutItBackWhenWhatWasRunFails() throws IOException {
        Path file = file();
        try (HugePageSwitch held = new HugePageSwitch(file, ASIDE)) {
            assertThatThrownBy(() ->
                            held.during(() -> {
                                throw new IOException("no");
                            }))
                    .hasMessage("no");
            assertThat(whole(file)).isEqualTo("inherit");
        }
    }

    @Test
    void shouldLeaveAnOperatorsOwnValueAlone() throws IOException {
        Path file = Files.writeString(folder.resolve("enabled"), ASIDE);
        try (HugePageSwitch held = new HugePageSwitch(file, ASIDE)) {
            held.during(() -> assertThat(whole(file)).isEqualTo(ASIDE));
            assertThat(held.keeper().handle()).as("no keeper is needed").isNull();
        }
        assertThat(whole(file)).isEqualTo(ASIDE);
    }

    @Test
    void shouldSayWhenThereIsNoSuchSwitch() {
        try (HugePageSwitch held = new HugePageSwitch(folder.resolve("none/enabled"), ASIDE)) {
            assertThatThrownBy(() -> held.during(() -> {})).isInstanceOf(IOException.class);
        }
    }

    @Test
    void shouldEndItsKeeper() throws IOException {
        ProcessHandle keeper = keeperOfOneHold(file());
        assertThat(keeper).isNotNull();
        assertThat(keeper.isAlive()).isFalse();
    }

    @Test
    void shouldBePutBackWhenTheHolderIsKilledInMidHold() throws Exception {
        Path file = file();
        holdAndKill(file, ASIDE);
        await(() -> whole(file).equals("inherit"));
        assertThat(whole(file)).isEqualTo("inherit");
    }

    @Test
    void shouldPutTheKernelsOwnSwitchBackWhenTheHolderIsKilled() throws Exception {
        assumeTrue(Target.isRoot(), "skipped: not root, so the switch cannot be written");
        Path file = HostFacts.zeroPageSwitch(HostFacts.FOLDER);
        String before = Files.readString(file);
        assumeTrue(before.strip().equals("1"), "skipped: the huge page of zeros is off here");
        holdAndKill(file, "0");
        await(() -> whole(file).equals(before));
        assertThat(whole(file)).isEqualTo(before);
    }

    @Test
    void shouldPutTheSwitchOfMemoryFilesBackWhenTheHolderIsKilled() throws Exception {
        Path file = HostFacts.fileWindowSwitch(HostFacts.FOLDER);
        assumeTrue(Files.isWritable(file), "skipped: not root, or a kernel before 6.11");
        String before = Files.readString(file);
        assumeTrue(HostFacts.chosen(before).equals("never"), "skipped: it is on here");
        holdAndKill(file, "advise");
        await(() -> whole(file).equals(before));
        assertThat(whole(file)).isEqualTo(before);
    }

    @Test
    void shouldReadTheWordInBrackets() {
        assertThat(HostFacts.chosen(WORDS)).isEqualTo("inherit");
        assertThat(HostFacts.chosen("1\n")).isEqualTo("1");
        assertThat(HostFacts.chosen("")).isEmpty();
    }

    private static @Nullable ProcessHandle keeperOfOneHold(Path file) throws IOException {
        try (HugePageSwitch held = new HugePageSwitch(file, ASIDE)) {
            held.during(() -> {});
            ProcessHandle keeper = held.keeper().handle();
            assertThat(keeper).matches(handle -> handle != null && handle.isAlive());
            return keeper;
        }
    }

    /** Another JVM holds the switch and is killed with SIGKILL while it does. */
    private static void holdAndKill(Path file, String aside) throws Exception {
        Process holder =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                SwitchHolder.class.getName(),
                                file.toString(),
                                aside)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try {
            assertThat(holder.inputReader().readLine()).isEqualTo("held");
            assertThat(HostFacts.chosen(whole(file))).isEqualTo(aside);
        } finally {
            // On Linux this is SIGKILL.
            holder.destroyForcibly();
            holder.waitFor(20, TimeUnit.SECONDS);
        }
    }

    private static void await(BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean() && System.nanoTime() < deadlineNs) {
            LockSupport.parkNanos(5_000_000);
        }
    }

    private static String whole(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
