package org.foreshape.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * Two guests side by side, shared by the tests: each takes them as it finds them and asks for the
 * state it needs.
 */
@Tag("NeedsLibvirt")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class GuestTest {
    private static final Duration BOOT = Duration.ofMinutes(2);
    private static final Duration STEP = Duration.ofMinutes(1);

    private PrivateLibvirtd libvirtd;
    private Guest left;
    private Guest right;

    @BeforeAll
    @Timeout(value = 4, unit = TimeUnit.MINUTES)
    void bootTwoGuests() {
        Lab.reasonToSkip().ifPresent(reason -> Assumptions.abort(reason));
        libvirtd = PrivateLibvirtd.start();
        left = libvirtd.create(GuestSpec.builder("left").maxMib(256).agent(true).build());
        right =
                libvirtd.create(
                        GuestSpec.builder("right")
                                .maxMib(320)
                                .currentMib(160)
                                .ram(RamKind.ANON)
                                .channels("org.example.extra")
                                .build());
        left.waitReady(BOOT);
        right.waitReady(BOOT);
    }

    @AfterAll
    void closeLibvirtd() {
        if (libvirtd != null) {
            libvirtd.close();
        }
    }

    @Test
    void shouldProveEveryWordAfterAFill() {
        assertThat(left.control().setBlocks(48)).isEqualTo(48);
        SumResult sum = left.control().sum();
        assertThat(sum.blocks()).isEqualTo(48);
        assertThat(sum.badWords()).isZero();
        assertThat(left.control().touch()).isPositive();
        assertThat(left.control().memInfo().anonKib()).isGreaterThan(48 * 1024);

        assertThat(left.control().setBlocks(8)).isEqualTo(8);
        assertThat(left.control().sum()).matches(s -> s.blocks() == 8 && s.badWords() == 0);
        assertThat(left.control().memInfo().anonKib()).isLessThan(48 * 1024);
    }

    @Test
    void shouldTellOutputAndStatusOfAShellCommand() {
        ShellResult result = left.control().sh("echo one; echo two >&2; exit 7", STEP);

        assertThat(result.output()).isEqualTo("one\ntwo\n");
        assertThat(result.exitStatus()).isEqualTo(7);
        assertThat(left.control().sh("pidof qemu-ga", STEP).exitStatus()).isZero();
        assertThat(right.channel("org.example.extra")).exists();
    }

    @Test
    void shouldSkipTheAnswerOfARequestThatWasGivenUp() {
        assertThatThrownBy(() -> left.control().sh("sleep 2; echo late", Duration.ofMillis(300)))
                .isInstanceOf(LabTimeoutException.class);

        assertThat(left.control().sh("echo next", STEP).output()).isEqualTo("next\n");
    }

    @Test
    void shouldTellThatTheWorkloadWasKilledForWantOfMemory() throws Exception {
        right.resize(160, STEP);
        FillResult killed = right.control().fill(200, STEP).get(90, TimeUnit.SECONDS);

        assertThat(killed.end()).as(killed.detail()).isEqualTo(FillResult.End.KILLED);
        assertThat(killed.blocksHeld()).isZero();
        assertThat(killed.endNs()).isGreaterThan(killed.startNs());
        assertThat(right.serialLog().workloadDeaths()).isPositive();
        assertThat(right.isRunning()).isTrue();

        // The same fill fits once the balloon has yielded, and the workload serves again.
        right.resize(320, STEP);
        FillResult done = right.control().fill(200, STEP).get(90, TimeUnit.SECONDS);
        assertThat(done.isDone()).as(done.detail()).isTrue();
        assertThat(right.control().sum()).matches(s -> s.blocks() == 200 && s.badWords() == 0);
        assertThat(right.control().setBlocks(0)).isZero();
    }

    @Test
    void shouldFillFromItsMomentAtItsPace() throws Exception {
        left.control().setBlocks(0);
        long startNs = System.nanoTime() + Duration.ofMillis(300).toNanos();
        CompletableFuture<FillResult> fill = left.control().fillAt(startNs, 20, 10, STEP);
        FillResult result = fill.get(90, TimeUnit.SECONDS);

        assertThat(result.isDone()).as(result.detail()).isTrue();
        assertThat(result.startNs()).isGreaterThanOrEqualTo(startNs);
        // 20 blocks at 10 a second: the last one starts 1.9 s after the first, however fast the
        // machine is.
        assertThat(result.seconds()).isGreaterThan(1.8);
    }

    @Test
    void shouldKeepGuestsRunningWhileLibvirtdIsAway() {
        assertThat(left.control().setBlocks(16)).isEqualTo(16);
        long pidBefore = libvirtd.pid();

        libvirtd.restart();
        assertThat(libvirtd.pid()).isNotEqualTo(pidBefore);
        assertThat(left.balloonMib()).isEqualTo(256);

        libvirtd.kill9();
        assertThat(libvirtd.isRunning()).isFalse();
        assertThat(left.isRunning()).isTrue();
        assertThat(left.control().sum()).matches(s -> s.blocks() == 16 && s.badWords() == 0);
        libvirtd.startDaemon();
        assertThat(libvirtd.virsh("list", "--name"))
                .contains(left.domainName(), right.domainName());
        assertThat(left.control().sum()).matches(s -> s.blocks() == 16 && s.badWords() == 0);
    }

    @Test
    void shouldSayThatAGuestIsGone() {
        Guest brief = libvirtd.create(GuestSpec.builder("brief").maxMib(128).build());
        CompletableFuture<FillResult> fill = brief.control().fill(1, STEP);
        brief.destroy();

        assertThat(brief.isRunning()).isFalse();
        assertThat(libvirtd.guests()).doesNotContain(brief);
        assertThat(fill.orTimeout(90, TimeUnit.SECONDS).join().end())
                .isEqualTo(FillResult.End.GONE);
        assertThatThrownBy(() -> brief.waitReady(STEP)).isInstanceOf(GuestGoneException.class);
        assertThatThrownBy(() -> brief.control().sum()).isInstanceOf(GuestGoneException.class);
    }
}
