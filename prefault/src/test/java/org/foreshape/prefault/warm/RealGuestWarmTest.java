package org.foreshape.prefault.warm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.foreshape.prefault.warm.DiskImages.MIB;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.foreshape.lab.Guest;
import org.foreshape.lab.GuestSpec;
import org.foreshape.lab.Lab;
import org.foreshape.lab.PrivateLibvirtd;
import org.foreshape.nativebindings.libvirt.LibvirtConnection;
import org.foreshape.nativebindings.libvirt.LibvirtDomain;
import org.foreshape.nativebindings.libvirt.LibvirtException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A guest that reads its disks: /dev/vda through the host's page cache, /dev/vdb past it. */
@Tag("guests")
@Timeout(240)
class RealGuestWarmTest {
    private static final Duration STEP = Duration.ofMinutes(1);
    private static final int AGENT_TIMEOUT_S = 20;

    @TempDir static Path folder;
    private static PrivateLibvirtd libvirtd;
    private static Guest guest;
    private static Path cached;
    private static Path direct;

    @BeforeAll
    @Timeout(300)
    static void bootGuest() throws IOException {
        Lab.reasonToSkip().ifPresent(reason -> Assumptions.abort(reason));
        cached = DiskImages.create(folder.resolve("cached.img"), 64);
        direct = DiskImages.create(folder.resolve("direct.img"), 4);
        libvirtd = PrivateLibvirtd.start();
        guest =
                libvirtd.create(
                        GuestSpec.builder("warm")
                                .agent(true)
                                .devicesXml(
                                        disk(cached, "vda", "writeback")
                                                + disk(direct, "vdb", "none"))
                                .build());
        guest.waitReady(Duration.ofMinutes(3));
    }

    @AfterAll
    static void closeLibvirtd() {
        if (libvirtd != null) {
            libvirtd.close();
        }
    }

    @Test
    void shouldSpareTheDiskWhatTheTaskReadTheLastTime() throws IOException {
        WarmupLearner learner = new WarmupLearner(folder.resolve("learnt"), settings());
        int qemuPid = (int) guest.qemuPid();
        long coldBytes = readInGuest();
        assertThat(coldBytes).as("read from the disk").isGreaterThanOrEqualTo(6L * MIB);

        coolDown();
        ImageWatch watch = learner.watch("build", cached);
        sh("dd if=/dev/vda of=/dev/null bs=1M skip=8 count=6");
        LearnReport report = learner.learn(watch);
        assertThat(report.isLearnt()).as(report.remark()).isTrue();
        WarmPlan plan = learner.plan("build", cached, qemuPid);
        assertThat(plan.isAvailable()).as(plan.reason()).isTrue();
        // The host reads on by itself, by as much as its disk's read_ahead_kb.
        assertThat(plan.ranges()).hasSize(1);
        assertThat(plan.ranges().getFirst().offsetBytes()).isEqualTo(8L * MIB);
        assertThat(plan.bytes()).isBetween(6L * MIB, 40L * MIB);

        coolDown();
        WarmReport warmed =
                new Warmer().warm(cached, plan.ranges(), WarmLimits.defaults(), () -> false);
        assertThat(warmed.end()).as(warmed.reason()).isEqualTo(WarmEnd.DONE);
        assertThat(warmed.residentAfterBytes()).isEqualTo(plan.bytes());
        long before = qemuReadBytes();
        sh("dd if=/dev/vda of=/dev/null bs=1M skip=8 count=6");
        assertThat(qemuReadBytes() - before).as("read from the disk").isLessThan(MIB);
    }

    @Test
    void shouldSayThatADirectDiskCannotBeWarmed() {
        WarmupLearner learner = new WarmupLearner(folder.resolve("learnt"), settings());
        WarmPlan plan = learner.plan("build", direct, (int) guest.qemuPid());
        assertThat(plan.isAvailable()).isFalse();
        assertThat(plan.reason())
                .isEqualTo("unavailable: the VM opens its image with O_DIRECT (cache='none')");
    }

    @Test
    void shouldLoadFilesIntoTheGuestsOwnCache() {
        try (LibvirtConnection connection = LibvirtConnection.open(libvirtd.uri());
                LibvirtDomain domain = connection.domainByName(guest.domainName())) {
            GuestPreload preload =
                    new GuestPreload(json -> domain.qemuAgentCommand(json, AGENT_TIMEOUT_S));
            PreloadLimits limits = new PreloadLimits(40L * MIB, STEP);
            // The cache of a block device lasts as long as someone has it open.
            sh("sleep 600 </dev/vda >/dev/null 2>&1 & echo $! >/tmp/holder");
            sh("echo hello >'/tmp/a \"b\" $(c)'");
            List<String> files = List.of("/tmp/a \"b\" $(c)", "/absent", "/dev/vda");

            long coldKib = droppedCacheKib();
            PreloadReport shell = preload.preload(files, limits, () -> false);
            System.out.println("by the guest's shell: " + shell);
            assertThat(shell.method()).isEqualTo(PreloadReport.Method.EXEC);
            assertThat(shell.end()).as(shell.reason()).isEqualTo(WarmEnd.BYTE_LIMIT);
            assertThat(shell.readBytes()).isBetween(38L * MIB, 40L * MIB);
            assertThat(shell.reason()).contains("/absent was not read: absent");
            assertThat(cacheKib() - coldKib).isGreaterThan(36 * 1024);

            // The same with guest-exec disabled, as some distributions deliver the agent.
            restartAgent(domain, "-b guest-exec");
            coldKib = droppedCacheKib();
            PreloadReport reading =
                    preload.preload(files, new PreloadLimits(8L * MIB, STEP), () -> false);
            System.out.println("through the agent: " + reading);
            assertThat(reading.method()).isEqualTo(PreloadReport.Method.FILE_READ);
            assertThat(reading.end()).as(reading.reason()).isEqualTo(WarmEnd.BYTE_LIMIT);
            assertThat(reading.readBytes()).isEqualTo(8L * MIB);
            assertThat(cacheKib() - coldKib).isGreaterThan(7 * 1024);

            restartAgent(domain, "-b guest-exec,guest-file-open");
            PreloadReport disabled = preload.preload(files, limits, () -> false);
            assertThat(disabled.end()).isEqualTo(WarmEnd.UNAVAILABLE);
            assertThat(disabled.reason()).startsWith("unavailable: ").contains("has disabled");

            sh("kill $(pidof qemu-ga)");
            PreloadReport gone =
                    new GuestPreload(json -> domain.qemuAgentCommand(json, 3))
                            .preload(files, limits, () -> false);
            System.out.println("without an agent: " + gone);
            assertThat(gone.end()).isEqualTo(WarmEnd.UNAVAILABLE);
            assertThat(gone.reason()).startsWith("unavailable: ").containsIgnoringCase("agent");
            sh("kill $(cat /tmp/holder)");
        }
    }

    private static WarmSettings settings() {
        return new WarmSettings(MIB, 1L << 30, 8);
    }

    private static long readInGuest() throws IOException {
        coolDown();
        long before = qemuReadBytes();
        sh("dd if=/dev/vda of=/dev/null bs=1M skip=8 count=6");
        return qemuReadBytes() - before;
    }

    /** Neither the guest nor the host has anything of the disk cached. */
    private static void coolDown() {
        sh("echo 3 >/proc/sys/vm/drop_caches");
        DiskImages.drop(cached);
    }

    private static long droppedCacheKib() {
        sh("echo 3 >/proc/sys/vm/drop_caches");
        return cacheKib();
    }

    private static long cacheKib() {
        String figure = sh("awk '/^(Buffers|Cached):/ {sum += $2} END {print sum}' /proc/meminfo");
        return Long.parseLong(figure.strip());
    }

    private static void restartAgent(LibvirtDomain domain, String options) {
        sh("kill $(pidof qemu-ga)");
        sh("while pidof qemu-ga >/dev/null; do sleep 0.1; done");
        sh(
                "qemu-ga -m virtio-serial -p /dev/virtio-ports/org.qemu.guest_agent.0 -t /tmp"
                        + " -l /tmp/ga.log -d -f /tmp/ga.pid "
                        + options);
        long endNs = System.nanoTime() + STEP.toNanos();
        while (!isConnected(domain)) {
            assertThat(System.nanoTime()).as("the agent is back in time").isLessThan(endNs);
            LockSupport.parkNanos(50_000_000);
        }
    }

    private static boolean isConnected(LibvirtDomain domain) {
        try {
            return domain.qemuAgentCommand("{\"execute\":\"guest-ping\"}", AGENT_TIMEOUT_S)
                    .contains("return");
        } catch (LibvirtException notYet) {
            return false;
        }
    }

    private static String sh(String command) {
        var result = guest.control().sh(command, STEP);
        assertThat(result.exitStatus()).as(command + ": " + result.output()).isZero();
        return result.output();
    }

    /** What the kernel fetched from storage for QEMU; reads that the page cache served are not. */
    private static long qemuReadBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + guest.qemuPid() + "/io"))) {
            if (line.startsWith("read_bytes:")) {
                return Long.parseLong(line.substring("read_bytes:".length()).strip());
            }
        }
        throw new IllegalStateException("the kernel does not count what a process reads");
    }

    private static String disk(Path image, String target, String cache) {
        return ("<disk type='file' device='disk'><driver name='qemu' type='raw' cache='%s'/>"
                        + "<source file='%s'/><target dev='%s' bus='virtio'/></disk>")
                .formatted(cache, image, target);
    }
}
