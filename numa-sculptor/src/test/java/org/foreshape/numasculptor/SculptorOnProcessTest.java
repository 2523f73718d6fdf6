package org.foreshape.numasculptor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.foreshape.nativebindings.linux.Errno;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What one node can show: on real child processes with known memory. */
class SculptorOnProcessTest {
    private static final int MIB = 64;
    private static final long BYTES = (long) MIB << 20;

    private Sculptor sculptor;

    @BeforeEach
    void open() {
        sculptor = Sculptor.open(HostReader.ofThisMachine());
    }

    @AfterEach
    void close() {
        sculptor.close();
    }

    @Test
    void shouldFindEveryPageOnTheOnlyNode() throws Exception {
        try (MemHold child = MemHold.start(MIB);
                SculptTarget target = child.target();
                PageCensus census = PageCensus.open(512)) {
            long[] byNode = new long[4];
            assertThat(census.count(target, target.ranges(), byNode)).isEqualTo(BYTES);
            assertThat(byNode[0]).isEqualTo(BYTES);
            assertThat(ProcessReader.ofThisMachine().bytesByNode(child.pid(), target.ranges()))
                    .isEqualTo(Map.of(0, BYTES));
            // One page of the wrong kind: dropped pages are not present.
            child.ask("drop 1");
            assertThat(census.count(target, target.ranges(), byNode)).isEqualTo(BYTES - (1 << 20));
        }
    }

    @Test
    void shouldMoveNothingThatIsThereAlready() throws Exception {
        try (MemHold child = MemHold.start(MIB);
                SculptTarget target = child.target()) {
            SculptReport report = sculpt(target, SculptRequest.builder(Step.MOVE).node(0));
            assertThat(report.isDone()).as("%s", report).isTrue();
            assertThat(report.steps().getFirst().bytes()).isZero();
            assertThat(report.bytesByNodeAfter()).isEqualTo(Map.of(0, BYTES));
            assertThat(child.badWords()).isZero();
        }
    }

    @Test
    void shouldSayThatANodeIsAbsentInsteadOfTrying() throws Exception {
        try (MemHold child = MemHold.start(1);
                SculptTarget target = child.target()) {
            SculptReport report =
                    sculpt(target, SculptRequest.builder(Step.PIN, Step.MOVE).node(7));
            for (StepReport step : report.steps()) {
                assertThat(step.outcome()).isEqualTo(StepOutcome.UNAVAILABLE);
                assertThat(step.reason()).contains("node 7 is not online");
            }
        }
    }

    @Test
    void shouldReportEnodevWhenTheKernelDoesNotKnowTheNode() throws Exception {
        try (MemHold child = MemHold.start(1);
                SculptTarget target = child.target();
                var asked = org.foreshape.nativebindings.linux.PageBatch.allocate(512);
                var moves = org.foreshape.nativebindings.linux.PageBatch.allocate(512)) {
            SculptRequest request =
                    SculptRequest.builder(Step.MOVE).node(7).batchPages(512).build();
            StepReport step =
                    new PageMover(asked, moves)
                            .move(
                                    target,
                                    request,
                                    pacer(),
                                    new BlockOrigins(target.ranges()),
                                    Map.of(0, 1L << 20));
            assertThat(step.outcome()).isEqualTo(StepOutcome.FAILED);
            assertThat(step.failures().getFirst().errno()).isEqualTo(Errno.ENODEV);
            assertThat(step.reason()).contains("ENODEV");
        }
    }

    @Test
    void shouldMakeSmallPagesHugeAndKeepEveryWord() throws Exception {
        try (MemHold child = MemHold.start(MIB);
                SculptTarget target = child.target()) {
            SculptReport report = sculpt(target, SculptRequest.builder(Step.COLLAPSE));
            StepReport step = report.steps().getFirst();
            assertThat(step.outcome()).as("%s", step).isEqualTo(StepOutcome.DONE);
            assertThat(step.bytes()).isEqualTo(BYTES);
            assertThat(step.bytesPerSecond()).isPositive();
            assertThat(child.badWords()).isZero();
        }
    }

    @Test
    void shouldNotFillWhatABalloonTook() throws Exception {
        try (MemHold child = MemHold.start(MIB);
                SculptTarget target = child.target()) {
            child.ask("drop 33");
            StepReport step =
                    sculpt(target, SculptRequest.builder(Step.COLLAPSE)).steps().getFirst();
            assertThat(step.outcome()).as("%s", step).isEqualTo(StepOutcome.DONE);
            // Half of a block is resident: that block stays as it is, and so do the empty ones.
            assertThat(step.bytes()).isEqualTo(BYTES - (34L << 20));
            assertThat(step.reason()).contains("1 blocks with 1 MiB resident");
            MemoryFigures figures =
                    ProcessReader.ofThisMachine().figures(child.pid(), target.ranges());
            assertThat(figures.residentBytes()).isEqualTo(BYTES - (33L << 20));
            assertThat(child.badWords()).isZero();
        }
    }

    @Test
    void shouldReportBlocksThatMayNotBeHugeWithTheirErrno() throws Exception {
        try (MemHold child = MemHold.start(8, "small");
                SculptTarget target = child.target()) {
            StepReport step =
                    sculpt(target, SculptRequest.builder(Step.COLLAPSE)).steps().getFirst();
            assertThat(step.outcome()).isEqualTo(StepOutcome.FAILED);
            assertThat(step.failures().getFirst().errno()).isEqualTo(Errno.EINVAL);
            assertThat(step.failures().getFirst().count()).isEqualTo(4);
        }
    }

    @Test
    void shouldCoolMemoryAndTellWhatIsHot() throws Exception {
        try (MemHold child = MemHold.start(MIB);
                SculptTarget target = child.target()) {
            SculptReport report = sculpt(target, SculptRequest.builder(Step.COLD));
            assertThat(report.isDone()).as("%s", report).isTrue();
            var stop = new StopToken();
            Thread toucher =
                    Thread.ofPlatform()
                            .start(() -> {
                                try {
                                    Thread.sleep(300);
                                    child.ask("read 16");
                                    Thread.sleep(100);
                                } catch (Exception e) {
                                    throw new IllegalStateException(e);
                                } finally {
                                    stop.stop();
                                }
                            });
            WorkingSet hot = WorkingSet.measure(target, Duration.ofSeconds(30), stop);
            toucher.join();
            assertThat(hot.residentBytes()).isEqualTo(BYTES);
            assertThat(hot.referencedBytes()).isEqualTo(16L << 20);
            assertThat(hot.hotShare()).isEqualTo(0.25);
            assertThat(child.badWords()).isZero();
        }
    }

    @Test
    void shouldRefuseToPageOutWithoutSwap() throws Exception {
        assumeThat(HostReader.ofThisMachine().swapTotalBytes()).isZero();
        try (MemHold child = MemHold.start(4, "huge");
                SculptTarget target = child.target()) {
            StepReport step =
                    sculpt(target, SculptRequest.builder(Step.PAGEOUT)).steps().getFirst();
            assertThat(step.outcome()).isEqualTo(StepOutcome.UNAVAILABLE);
            assertThat(step.reason()).contains("no swap");
        }
    }

    @Test
    void shouldPinEveryThreadAndBringTheOldPinsBack() throws Exception {
        try (MemHold child = MemHold.start(1);
                SculptTarget target = child.target()) {
            List<Integer> all = HostReader.ofThisMachine().nodes().getFirst().cpus();
            assumeThat(all).hasSizeGreaterThan(1);
            Pinning pinning = new AffinityPinning(child.pid());
            Runnable undo = pinning.pin(List.of(all.get(1)));
            assertThat(threads(child).getFirst().cpusAllowed()).containsExactly(all.get(1));
            undo.run();
            assertThat(threads(child).getFirst().cpusAllowed()).isEqualTo(all);

            SculptRequest request = SculptRequest.builder(Step.PIN).node(0).build();
            SculptReport report = sculptor.sculpt(target, request, new StopToken());
            assertThat(report.isDone()).as("%s", report).isTrue();
            SculptReport back = sculptor.undo(target, report, request, new StopToken());
            assertThat(back.isDone()).isTrue();
            assertThat(back.steps()).hasSize(1);
        }
    }

    private static List<ThreadNode> threads(MemHold child) {
        return ProcessReader.ofThisMachine()
                .threads(child.pid(), HostReader.ofThisMachine().nodes());
    }

    @Test
    void shouldCompactANode() throws Exception {
        assumeThat(Files.isWritable(Path.of("/sys/devices/system/node/node0/compact"))).isTrue();
        try (MemHold child = MemHold.start(1);
                SculptTarget target = child.target()) {
            StepReport step =
                    sculpt(target, SculptRequest.builder(Step.COMPACT).compactNodes(0))
                            .steps()
                            .getFirst();
            assertThat(step.outcome()).as("%s", step).isEqualTo(StepOutcome.DONE);
            assertThat(step.reason()).contains("node 0: unusable for huge pages");
            assertThat(step.durationNs()).isPositive();
        }
    }

    @Test
    void shouldStopBetweenTwoBatches() throws Exception {
        try (MemHold child = MemHold.start(MIB);
                SculptTarget target = child.target()) {
            var stop = new StopToken();
            SculptRequest slow =
                    SculptRequest.builder(Step.COLLAPSE, Step.COLD)
                            .bytesPerSecond(8L << 20)
                            .build();
            Thread stopper =
                    Thread.ofPlatform()
                            .start(() -> {
                                try {
                                    Thread.sleep(700);
                                } catch (InterruptedException e) {
                                    throw new IllegalStateException(e);
                                }
                                stop.stop();
                            });
            SculptReport report = sculptor.sculpt(target, slow, stop);
            stopper.join();
            StepReport collapse = report.steps().getFirst();
            assertThat(collapse.outcome()).isEqualTo(StepOutcome.STOPPED);
            assertThat(collapse.bytes()).isBetween(1L, BYTES - 1);
            assertThat(collapse.pausedNs()).isPositive();
            assertThat(report.steps().get(1).outcome()).isEqualTo(StepOutcome.STOPPED);
            assertThat(child.badWords()).isZero();
        }
    }

    @Test
    void shouldEndByItsTimeLimit() throws Exception {
        try (MemHold child = MemHold.start(MIB);
                SculptTarget target = child.target()) {
            SculptRequest slow =
                    SculptRequest.builder(Step.COLD)
                            .bytesPerSecond(1 << 20)
                            .limit(Duration.ofMillis(200))
                            .build();
            // 64 MiB are one chunk; the pause after it ends with the limit and not after a minute.
            SculptReport report = sculptor.sculpt(target, slow, new StopToken());
            assertThat(report.steps().getFirst().outcome())
                    .isIn(StepOutcome.DONE, StepOutcome.STOPPED);
        }
    }

    @Test
    void shouldFailCleanlyWhenTheProcessIsGone() throws Exception {
        MemHold child = MemHold.start(1);
        try (SculptTarget target = child.target()) {
            child.kill();
            assertThat(target.isThere()).isFalse();
            SculptReport report =
                    sculpt(
                            target,
                            SculptRequest.builder(Step.PIN, Step.MOVE, Step.COLLAPSE, Step.COLD)
                                    .node(0));
            assertThat(report.steps()).hasSize(4);
            for (StepReport step : report.steps()) {
                assertThat(step.outcome()).isEqualTo(StepOutcome.FAILED);
                assertThat(step.failures().getFirst().errno()).isEqualTo(Errno.ESRCH);
                assertThat(step.reason()).contains("ended");
            }
            assertThatThrownBy(
                            () -> WorkingSet.measure(target, Duration.ofMillis(1), new StopToken()))
                    .isInstanceOf(SculptException.class);
        } finally {
            child.close();
        }
    }

    /**
     * Its files in /proc are empty then, which must not read as "nothing is huge" or "all is cold".
     */
    @Test
    @Timeout(60)
    void shouldNotBelieveWhatAnEndedProcessShows() throws Exception {
        shouldFailWhenKilledAfterItsWork(Step.COLLAPSE, figures -> figures.hugeBytes() == 4 << 20);
        // The kernel skips the last pages that were touched, which are on no list of its yet.
        shouldFailWhenKilledAfterItsWork(
                Step.COLD, figures -> figures.referencedBytes() < figures.residentBytes() / 2);
    }

    private void shouldFailWhenKilledAfterItsWork(Step step, Predicate<MemoryFigures> isWorkDone)
            throws Exception {
        try (MemHold child = MemHold.startUncollected(4);
                SculptTarget target = child.target()) {
            var stop = new StopToken();
            SculptRequest request = SculptRequest.builder(step).bytesPerSecond(1 << 20).build();
            Thread killer =
                    Thread.ofPlatform()
                            .start(() -> {
                                ProcessReader reader = ProcessReader.ofThisMachine();
                                while (!isWorkDone.test(
                                        reader.figures(child.pid(), target.ranges()))) {
                                    Thread.onSpinWait();
                                }
                                // The act sleeps for its pace now, and looks once more after that.
                                ProcessHandle.of(child.pid()).orElseThrow().destroyForcibly();
                                while (target.isThere()) {
                                    Thread.onSpinWait();
                                }
                                stop.stop();
                            });
            StepReport report = sculptor.sculpt(target, request, stop).steps().getFirst();
            killer.join();
            assertThat(report.outcome()).as("%s", report).isEqualTo(StepOutcome.FAILED);
            assertThat(report.reason()).contains("has ended");
            assertThat(report.failures().getFirst().errno()).isEqualTo(Errno.ESRCH);
            assertThat(report.bytes()).isZero();
        }
    }

    @Test
    void shouldSayWhyBlocksThatTheKernelTookAreNotHuge() {
        long block = RamRange.HUGE_PAGE_BYTES;
        assertThat(BlockCollapser.unseen(0, new MemoryFigures(block, 0, 0, 0, 0))).isNull();
        var most = new MemoryFigures(40 * block, 40 * block, 38 * block, 0, 0);
        assertThat(BlockCollapser.unseen(40, most)).isNull();
        Failure failure =
                BlockCollapser.unseen(2, new MemoryFigures(2 * block, 2 * block, 0, 0, 0));
        assertThat(failure).isNotNull();
        assertThat(failure.call()).isEqualTo("smaps");
        assertThat(failure.count()).isEqualTo(2);
        assertThat(failure.reason()).contains("took 4 MiB, but only 0 MiB are huge");
    }

    @Test
    void shouldRefuseAProcessThatStartedAtAnotherTime() throws Exception {
        try (MemHold child = MemHold.start(1)) {
            long ticks = ProcessReader.ofThisMachine().startTicks(child.pid());
            assertThatThrownBy(() ->
                            SculptTarget.open(child.pid(), ticks - 1, List.of(child.range()), null))
                    .isInstanceOf(SculptException.class)
                    .hasMessageContaining("not the one that was meant");
        }
    }

    @Test
    void shouldAllocateNothingPerBatchOnceWarm() throws Exception {
        try (MemHold child = MemHold.start(MIB);
                SculptTarget target = child.target();
                PageCensus census = PageCensus.open(512)) {
            ThreadMXBean beans = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long[] byNode = new long[4];
            long bytes = Long.MAX_VALUE;
            // Warm is when C2 has compiled it: up to 100,000 calls by the reference.
            for (int round = 0; round < 400 && bytes > 0; round++) {
                long before = beans.getThreadAllocatedBytes(Thread.currentThread().threadId());
                for (int i = 0; i < 8; i++) {
                    census.count(target, target.ranges(), byNode);
                }
                bytes = beans.getThreadAllocatedBytes(Thread.currentThread().threadId()) - before;
            }
            // 8 counts of 64 MiB are 256 batches.
            assertThat(bytes).isZero();
        }
    }

    private SculptReport sculpt(SculptTarget target, SculptRequest.Builder request) {
        return sculptor.sculpt(target, request.build(), new StopToken());
    }

    private static Pacer pacer() {
        return new Pacer(new StopToken(), System.nanoTime() + 60_000_000_000L, 0);
    }
}
