package org.foreshape.prefault;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.prefault.HostFacts.FileWindows;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The rules by which a path is chosen; no process is needed for them. */
class PrefaultPlannerTest {
    private static final long MIB = 1 << 20;
    private static final long START = 0x7f00_0000_0000L;
    private static final long SIZE = 64 * MIB;
    private static final Permits ALL = new Permits(0, 0);

    private static HostFacts host(@Nullable String block, boolean isWritable) {
        return new HostFacts("madvise", block, isWritable, true, isWritable);
    }

    private static RamRange range(MemoryKind kind, long start, long inode) {
        return new RamRange(1, 1, start, SIZE, kind, 0, 0, inode, inode == 0 ? "" : "/memfd:x");
    }

    private static RangeMemory memory(boolean isHugeAdvised, boolean isHugeForbidden) {
        return new RangeMemory(8 * MIB, 0, 0, 4096, isHugeAdvised, isHugeForbidden, SIZE);
    }

    /** Of the range the first 8 MiB are resident, the rest was never touched. */
    private static RangeState fresh() {
        return new RangeState(
                PageRanges.of(START + 8 * MIB, START + SIZE),
                PageRanges.of(START, START + 8 * MIB),
                new PageRanges(),
                new PageRanges(),
                true);
    }

    private static PrefaultRequest everything() {
        return PrefaultRequest.more(1L << 40).balloonHeldBytes(0).build();
    }

    private static PlannedAct anonymous(
            HostFacts host, RangeState state, Permits permits, PrefaultRequest request) {
        return new PrefaultPlanner(host, new PathRates())
                .plan(
                        range(MemoryKind.ANONYMOUS, START, 0),
                        memory(true, false),
                        state,
                        permits,
                        request);
    }

    @Test
    void shouldUseTheSwitchForUntouchedMemory() {
        PlannedAct act = anonymous(host("inherit", true), fresh(), ALL, everything());
        assertThat(act.plan().path()).isEqualTo(PrefaultPath.ANON_SWITCH);
        assertThat(act.plan().bytes()).isEqualTo(56 * MIB);
        assertThat(act.blocks()).hasSize(28);
        assertThat(act.plan().expectedNs()).isPositive();
    }

    @Test
    void shouldUseTheZeroPageWhereTheKernelHasNoSuchSwitch() {
        assertThat(anonymous(host(null, true), fresh(), ALL, everything()).plan().path())
                .isEqualTo(PrefaultPath.ANON_ZERO_PAGE);
    }

    @Test
    void shouldReadHugePagesWhereThreadsCanShareThat() {
        PrefaultRequest two =
                PrefaultRequest.more(1L << 40).balloonHeldBytes(0).pace(0, 1.5).build();
        PlannedAct act = anonymous(host("inherit", true), fresh(), ALL, two);
        assertThat(act.plan().path()).isEqualTo(PrefaultPath.ANON_ZERO_PAGE);
        assertThat(act.plan().reason()).contains("threads");
        assertThat(act.blocks()).hasSize(28);
        assertThat(anonymous(host("inherit", false), fresh(), ALL, two).plan().path())
                .as("without the right to either switch")
                .isEqualTo(PrefaultPath.ANON_COLLAPSE);
    }

    @Test
    void shouldNeedNoSwitchWhereAFaultIsSmall() {
        assertThat(anonymous(host("never", true), fresh(), ALL, everything()).plan().path())
                .isEqualTo(PrefaultPath.ANON_TOUCH);
    }

    @Test
    void shouldOnlyCollapseWithoutTheRightToSwitch() {
        PlannedAct act = anonymous(host("inherit", false), fresh(), ALL, everything());
        assertThat(act.plan().path()).isEqualTo(PrefaultPath.ANON_COLLAPSE);
        assertThat(act.plan().reason()).contains("run as root");
        assertThat(act.fallback()).isEqualTo(PrefaultPath.UNAVAILABLE);
    }

    @Test
    void shouldCollapseFirstAfterABalloonCycle() {
        PlannedAct act =
                anonymous(
                        host("inherit", true),
                        fresh(),
                        ALL,
                        PrefaultRequest.more(1L << 40)
                                .balloonHeldBytes(0)
                                .afterBalloonCycle(true)
                                .build());
        assertThat(act.plan().path()).isEqualTo(PrefaultPath.ANON_COLLAPSE);
        assertThat(act.fallback()).isEqualTo(PrefaultPath.ANON_SWITCH);
    }

    @Test
    void shouldTakeNoMoreThanIsWanted() {
        PrefaultRequest some = PrefaultRequest.more(5 * MIB).balloonHeldBytes(0).build();
        assertThat(anonymous(host("inherit", true), fresh(), ALL, some).blocks()).hasSize(3);
        PlannedAct file =
                new PrefaultPlanner(host("inherit", true), new PathRates())
                        .plan(
                                range(MemoryKind.MEMFD, START + 4096, 7),
                                memory(true, false),
                                fresh(),
                                ALL,
                                some);
        assertThat(file.wanted().bytes()).isEqualTo(5 * MIB);
    }

    @Test
    void shouldNeverCollapseABlockInWhichTheBalloonMayHoldAPage() {
        // The part ends within a block: the rest of that block is absent, and may be the balloon's.
        PrefaultRequest part = PrefaultRequest.more(1L << 40).part(16 * MIB, 5 * MIB).build();
        PlannedAct act = anonymous(host("inherit", true), fresh(), ALL, part);
        assertThat(act.blocks()).containsExactly(START + 16 * MIB, START + 18 * MIB);
    }

    @Test
    void shouldLeaveOutBlocksOfTheHugePageOfZeros() {
        RangeState state =
                new RangeState(
                        PageRanges.of(START + 8 * MIB, START + SIZE),
                        PageRanges.of(START, START + 8 * MIB),
                        PageRanges.of(START + 8 * MIB, START + 60 * MIB),
                        new PageRanges(),
                        true);
        PlannedAct act = anonymous(host("inherit", true), state, ALL, everything());
        assertThat(act.blocks()).hasSize(2);
        assertThat(act.plan().lostBytes()).isEqualTo(52 * MIB);
    }

    @Test
    void shouldSayWhichRightIsMissing() {
        HostFacts host = host("inherit", true);
        PrefaultPlan noTouch =
                anonymous(host, fresh(), new Permits(Errno.EPERM, 0), everything()).plan();
        PrefaultPlan noCollapse =
                anonymous(host, fresh(), new Permits(0, Errno.EPERM), everything()).plan();
        assertThat(noTouch.path()).isEqualTo(PrefaultPath.UNAVAILABLE);
        assertThat(noTouch.reason()).contains("CAP_SYS_PTRACE").contains("EPERM");
        assertThat(noCollapse.path()).isEqualTo(PrefaultPath.UNAVAILABLE);
        assertThat(noCollapse.reason()).contains("CAP_SYS_NICE");
        PrefaultPlan forbidden =
                new PrefaultPlanner(host, new PathRates())
                        .plan(
                                range(MemoryKind.ANONYMOUS, START, 0),
                                memory(false, true),
                                fresh(),
                                ALL,
                                everything())
                        .plan();
        assertThat(forbidden.reason()).contains("nh");
    }

    @Test
    void shouldMapAlignedFilesWhereCollapsingIsRefused() {
        PrefaultPlanner planner = new PrefaultPlanner(host("inherit", true), new PathRates());
        RamRange aligned = range(MemoryKind.TMPFS_ALIGNED, START, 7);
        RangeMemory memory = memory(false, false);
        assertThat(planner.plan(aligned, memory, fresh(), ALL, everything()).plan().path())
                .isEqualTo(PrefaultPath.TMPFS_COLLAPSE);
        Permits noCollapse = new Permits(0, Errno.EPERM);
        assertThat(planner.plan(aligned, memory, fresh(), noCollapse, everything()).plan().path())
                .isEqualTo(PrefaultPath.MEMFD_MAP);
    }

    @Test
    void shouldAskForLargerPagesInMemoryFilesThatHaveNoName() {
        HostFacts open =
                new HostFacts("madvise", "inherit", true, true, true, FileWindows.BY_SWITCH);
        PrefaultPlanner planner = new PrefaultPlanner(open, new PathRates());
        RamRange memfd = range(MemoryKind.MEMFD, START + 4096, 7);
        PrefaultPlan plan =
                planner.plan(memfd, memory(true, false), fresh(), ALL, everything()).plan();
        assertThat(plan.path()).isEqualTo(PrefaultPath.MEMFD_WINDOWS);
        assertThat(plan.steps().getFirst()).isEqualTo(PrefaultStep.SWITCH);
        RamRange named =
                new RamRange(1, 1, START + 4096, SIZE, MemoryKind.MEMFD, 0, 0, 7, "/dev/shm/x");
        assertThat(planner.plan(named, memory(true, false), fresh(), ALL, everything()).plan())
                .matches(other -> other.path() == PrefaultPath.MEMFD_MAP)
                .matches(other -> other.reason().contains("4 KiB"));
    }

    @Test
    void shouldReadOneByteOfEachPageOfThePool() {
        RangeMemory pool = new RangeMemory(0, 0, 8 * MIB, 2 * MIB, false, false, SIZE);
        PlannedAct act =
                new PrefaultPlanner(host("inherit", true), new PathRates())
                        .plan(
                                range(MemoryKind.HUGETLB, START, 7),
                                pool,
                                fresh(),
                                ALL,
                                everything());
        assertThat(act.plan().path()).isEqualTo(PrefaultPath.HUGETLB_READ);
        assertThat(act.blocks()).hasSize(28);
    }

    @Test
    void shouldDoNothingWhereAllIsResident() {
        RangeState full =
                new RangeState(
                        new PageRanges(),
                        PageRanges.of(START, START + SIZE),
                        new PageRanges(),
                        PageRanges.of(START, START + SIZE),
                        true);
        assertThat(anonymous(host("inherit", true), full, ALL, everything()).plan().path())
                .isEqualTo(PrefaultPath.NONE);
    }

    @Test
    void shouldStartLateWhereTheGuestHandsFreePagesBack() {
        PrefaultRequest.Builder soon =
                PrefaultRequest.more(1L << 40).balloonHeldBytes(0).withinNs(60_000_000_000L);
        HostFacts host = host("inherit", true);
        assertThat(anonymous(host, fresh(), ALL, soon.build()).plan().delayNs()).isZero();
        PrefaultPlan late =
                anonymous(host, fresh(), ALL, soon.freePageReported(true).build()).plan();
        assertThat(late.delayNs()).isBetween(50_000_000_000L, 59_000_000_000L);
    }

    @Test
    void shouldLearnHowLongAnActTakes() {
        PathRates rates = new PathRates();
        long guess = rates.expectedNs(PrefaultPath.MEMFD_MAP, 64 * MIB, 0);
        rates.add(PrefaultPath.MEMFD_MAP, 64 * MIB, 64 * 100_000L);
        assertThat(rates.expectedNs(PrefaultPath.MEMFD_MAP, 64 * MIB, 0))
                .isEqualTo(6_400_000)
                .isLessThan(guess);
        rates.add(PrefaultPath.MEMFD_MAP, MIB, 1_000_000_000);
        assertThat(rates.expectedNs(PrefaultPath.MEMFD_MAP, 64 * MIB, 0)).isEqualTo(6_400_000);
        assertThat(rates.expectedNs(PrefaultPath.MEMFD_MAP, 64 * MIB, 64))
                .as("the pace is slower than it can")
                .isEqualTo(1_000_000_000);
    }

    @Test
    void shouldReadTheHostsSwitches() throws Exception {
        HostFacts facts = HostFacts.read(Path.of("/nonexistent"));
        assertThat(facts.blockEnabled()).isNull();
        assertThat(facts.isFaultHuge(true)).isFalse();
        assertThat(new HostFacts("always", "inherit", false, true, false).isFaultHuge(false))
                .isTrue();
        assertThat(new HostFacts("always", "madvise", false, true, false).isFaultHuge(false))
                .isFalse();
    }
}
