package org.foreshape.daemon.hands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.foreshape.hypervisor.VmDisks;
import org.foreshape.nativebindings.linux.CachedFile;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.EventPublisher;
import org.foreshape.ring.EventWriter;
import org.foreshape.ring.act.ActOrder;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.TaskState;
import org.foreshape.ring.event.Tick;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tasks that read a real file, which stands for a VM's disk. */
@Timeout(120)
class WarmHandTest {
    private static final long MIB = 1 << 20;
    private static final int DISK_MIB = 32;
    private static final VmSeat VM = new VmSeat(1, 7, "vm");

    @TempDir Path folder;
    private Path disk;
    private final FakeEngine engine = new FakeEngine();
    private final FakeHypervisor hypervisor = new FakeHypervisor();
    private final EngineClock clock = EngineClock.wall();
    private final List<String> told = new ArrayList<>();
    private long toldKib = -1;
    private WarmHand hand;

    /** What is published is read at once. */
    private final EventPublisher ring =
            new EventPublisher() {
                private final Tick tick = new Tick(FakeEngine.VM_COUNT_MAX);

                @Override
                public boolean tryPublish(EventWriter writer) {
                    publish(writer);
                    return true;
                }

                @Override
                public void publish(EventWriter writer) {
                    writer.write(tick);
                    assertThat(tick.kind).isEqualTo(EventKind.CONTROL);
                    assertThat(tick.control.kind).isEqualTo(ControlKind.WARMTH);
                    assertThat(tick.control.vmSlot).isEqualTo(VM.slot());
                    assertThat(tick.control.vmGeneration).isEqualTo(VM.generation());
                    toldKib = tick.control.amountKib;
                    told.add(toldKib + " KiB: " + tick.control.text);
                }
            };

    @BeforeEach
    void prepare() throws IOException {
        assumeTrue(
                !Files.getFileStore(folder).type().equals("tmpfs"),
                "skipped: the temporary folder is in memory; set -Djava.io.tmpdir to a disk");
        disk = folder.resolve("disk.img");
        byte[] block = new byte[(int) MIB];
        try (FileChannel file =
                FileChannel.open(disk, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (int i = 0; i < DISK_MIB; i++) {
                file.write(ByteBuffer.wrap(block));
            }
            file.force(true);
        }
        drop();
        engine.enforce(VM);
        hypervisor.disks = new VmDisks(0, List.of(disk), null, "");
        hand = newHand(null);
    }

    private WarmHand newHand(Path guestFiles) {
        WarmHand made =
                new WarmHand(hypervisor, engine, folder.resolve("warm"), guestFiles, () -> {});
        made.start(ring, clock);
        return made;
    }

    private void drop() {
        try (CachedFile file = CachedFile.open(disk)) {
            file.drop(0, DISK_MIB * MIB);
        }
    }

    private long cachedMib(int fromMib, int mib) {
        try (CachedFile file = CachedFile.open(disk)) {
            return file.cachedBytes(fromMib * MIB, mib * MIB) / MIB;
        }
    }

    private void read(int fromMib, int mib) throws IOException {
        try (FileChannel file = FileChannel.open(disk, StandardOpenOption.READ)) {
            file.position(fromMib * MIB);
            ByteBuffer bytes = ByteBuffer.allocate((int) (mib * MIB));
            while (bytes.hasRemaining() && file.read(bytes) >= 0) {}
        }
    }

    private void tell(String id, TaskState state, int inSeconds) {
        Tick tick = new Tick(FakeEngine.VM_COUNT_MAX);
        tick.begin(EventKind.TASK, clock.timeNs());
        tick.task.state = state;
        tick.task.id.set(id);
        tick.task.type.set("build");
        tick.task.vmSlot = VM.slot();
        tick.task.vmGeneration = VM.generation();
        tick.task.plannedStartTimeNs = clock.timeNs() + inSeconds * 1_000_000_000L;
        hand.news().learn(tick);
        hand.round();
    }

    private OutcomeSection perform() {
        ActOrder order = new ActOrder();
        order.vmSlot = VM.slot();
        order.vmGeneration = VM.generation();
        order.kind = ActKind.PREWARM;
        order.amount = toldKib;
        OutcomeSection outcome = new OutcomeSection();
        hand.perform(order, outcome);
        return outcome;
    }

    private void learn() throws IOException {
        tell("first", TaskState.STARTED, 0);
        read(10, 4);
        tell("first", TaskState.FINISHED, 0);
        drop();
    }

    @Test
    void shouldTellAndLoadWhatTheLastTaskOfTheTypeRead() throws IOException {
        learn();
        tell("second", TaskState.ANNOUNCED, 30);
        assertThat(toldKib).isBetween(4 * 1024L, DISK_MIB * 1024L);
        int events = told.size();
        hand.round();
        assertThat(told).as("once").hasSize(events);

        OutcomeSection outcome = perform();
        assertThat(outcome.status).as("%s", outcome.message).isEqualTo(OutcomeStatus.DONE);
        assertThat(cachedMib(10, 4)).isEqualTo(4);
        assertThat(cachedMib(0, 4)).as("what it did not read").isZero();

        tell("second", TaskState.STARTED, 0);
        assertThat(toldKib).as("it has started").isZero();
        assertThat(perform().message.toString()).contains("has started or was withdrawn");
    }

    @Test
    void shouldKeepWhatWasLearntOverARestart() throws IOException {
        learn();
        hand = newHand(null);
        toldKib = -1;
        tell("second", TaskState.ANNOUNCED, 30);
        assertThat(toldKib).isPositive();
    }

    @Test
    void shouldLoadNothingForATaskThatWasWithdrawn() throws IOException {
        learn();
        tell("second", TaskState.ANNOUNCED, 30);
        tell("second", TaskState.WITHDRAWN, 0);
        assertThat(toldKib).isZero();
        assertThat(perform().status).isEqualTo(OutcomeStatus.DONE);
        assertThat(cachedMib(0, DISK_MIB)).isZero();
    }

    @Test
    void shouldSayOnceWhyAVmCannotBeWarmed() {
        hypervisor.disks = VmDisks.none("the VM has no disk that is a file");
        tell("a", TaskState.ANNOUNCED, 30);
        tell("b", TaskState.ANNOUNCED, 60);
        assertThat(told)
                .containsExactly("0 KiB: build; unavailable: the VM has no disk that is a file");
        OutcomeSection outcome = perform();
        assertThat(outcome.status).isEqualTo(OutcomeStatus.UNAVAILABLE);
        assertThat(outcome.message.toString()).contains("no disk");
    }

    @Test
    void shouldForgetTheTasksOfAVmThatIsGone() throws IOException {
        learn();
        tell("second", TaskState.ANNOUNCED, 30);
        engine.release(VM);
        hand.round();
        assertThat(perform().message.toString()).contains("withdrawn");
    }

    @Test
    void shouldSurviveAnImageThatVanishes() throws IOException {
        learn();
        tell("second", TaskState.ANNOUNCED, 30);
        Files.delete(disk);
        OutcomeSection outcome = perform();
        assertThat(outcome.status).isIn(OutcomeStatus.DONE, OutcomeStatus.FAILED);
        tell("third", TaskState.STARTED, 0);
        tell("third", TaskState.FINISHED, 0);
    }

    @Test
    void shouldAskTheAgentForTheFilesOfTheTypeAndBearItsFailure() throws IOException {
        Path lists = Files.createDirectory(folder.resolve("lists"));
        Files.writeString(lists.resolve("build.list"), "# what a build reads\n/usr/lib/x\n");
        List<String> asked = new ArrayList<>();
        hypervisor.disks =
                new VmDisks(
                        0,
                        List.of(disk),
                        json -> {
                            asked.add(json);
                            throw new IllegalStateException("the agent does not answer");
                        },
                        "");
        hand = newHand(lists);
        tell("first", TaskState.ANNOUNCED, 30);
        assertThat(toldKib).as("the files alone").isPositive();
        OutcomeSection outcome = perform();
        assertThat(asked).isNotEmpty();
        assertThat(outcome.status).as("%s", outcome.message).isEqualTo(OutcomeStatus.UNAVAILABLE);
        assertThat(outcome.message.toString()).contains("the agent does not answer");

        Files.writeString(lists.resolve("build.list"), "relative/path\n");
        assertThat(new GuestFiles(lists).of("../build")).isEmpty();
        tell("second", TaskState.ANNOUNCED, 10);
        assertThat(told.getLast()).contains("relative/path is not an absolute path");
    }
}
