package org.foreshape.prefault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.foreshape.prefault.PrefaultReport.Failure;
import org.foreshape.prefault.PrefaultReport.Stop;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random acts on processes that rewrite and check their memory meanwhile, and that are cancelled,
 * unmapped and killed in the middle: no byte changes, no other process is touched, nothing is left
 * behind, every failure has its reason. {@code -Dforeshape.acts=1000} for the full run, {@code
 * -Dforeshape.seed=N} to repeat one.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class RandomActsTest {
    private static final int ACTS = Integer.getInteger("foreshape.acts", 60);
    private static final long SEED = Long.getLong("foreshape.seed", System.nanoTime());
    private static final int MIB_EACH = 64;
    private static final long MIB = 1 << 20;
    private static final String[] KINDS = {"anon-huge", "anon", "memfd", "memfd-aligned"};

    @TempDir private static Path folder;
    private static Path binary;

    private final Random random = new Random(SEED);
    private final Map<Stop, Integer> ends = new EnumMap<>(Stop.class);
    private final Map<String, Integer> reasons = new TreeMap<>();
    private int checks;

    /** What happens in the middle of an act. */
    private enum Blow {
        NONE,
        CANCEL,
        KILL,
        UNMAP
    }

    @BeforeAll
    static void compile() {
        binary = Target.compile(folder);
    }

    @Test
    void shouldChangeNothingAndLeaveNothingWhateverHappens() throws Exception {
        System.out.println("random acts: " + ACTS + ", seed " + SEED);
        HostFacts switches = HostFacts.read(HostFacts.FOLDER);
        Leftovers before = Leftovers.now();
        try (Target bystander = Target.start(binary, "anon-huge", 16);
                Prefaulter prefaulter = Prefaulter.open()) {
            bystander.ask("fill 0 4");
            RangeMemory untouched = bystander.memory();
            Target target = null;
            try {
                for (int act = 0; act < ACTS; act++) {
                    if (target == null) {
                        target = newTarget();
                    }
                    if (!act(prefaulter, target, "seed " + SEED + " act " + act)) {
                        target.close();
                        target = null;
                    }
                }
            } finally {
                if (target != null) {
                    target.close();
                }
            }
            assertThat(bystander.memory()).isEqualTo(untouched);
            assertThat(bystander.bad()).isZero();
        }
        System.out.println("ends: " + ends + "; checks of all memory: " + checks);
        reasons.forEach((reason, count) -> System.out.println(count + " x " + reason));
        assertThat(checks).isPositive();
        before.assertSameNow();
        assertThat(switches.isZeroPageUsed()).isTrue();
        assertThat(HostFacts.read(HostFacts.FOLDER)).as("the switches").isEqualTo(switches);
    }

    private Target newTarget() throws IOException {
        Target target = Target.start(binary, KINDS[random.nextInt(KINDS.length)], MIB_EACH);
        target.ask("fill 0 " + (1 + random.nextInt(MIB_EACH)));
        target.ask("load");
        return target;
    }

    /** False when the target cannot be used again. */
    private boolean act(Prefaulter prefaulter, Target target, String note) throws Exception {
        int offset = random.nextInt(MIB_EACH - 1);
        int length = 1 + random.nextInt(MIB_EACH - offset);
        target.ask((random.nextBoolean() ? "fill " : "discard ") + offset + " " + length);
        RamRange ram = target.ram();
        PrefaultCancel cancel = new PrefaultCancel();
        PrefaultRequest request = request();
        Blow blow = Blow.values()[random.nextInt(100) < 60 ? 0 : 1 + random.nextInt(3)];
        long delayNs = random.nextInt(30_000_000);
        PrefaultReport[] report = {null};
        Thread lane =
                Thread.ofPlatform()
                        .name("lane")
                        .start(() -> report[0] = prefaulter.prefault(ram, request, cancel));
        LockSupport.parkNanos(delayNs);
        switch (blow) {
            case NONE -> {
                // It runs to its end.
            }
            case CANCEL -> cancel.cancel();
            case KILL -> target.kill();
            case UNMAP -> target.ask("unmap " + offset + " " + length);
        }
        lane.join(60_000);
        check(report[0], blow, note + " " + blow + " " + request);
        if (blow == Blow.KILL) {
            return false;
        }
        String rest = target.ask("rest");
        assertThat(rest).as(note).startsWith("bad 0 ");
        assertThat(target.bad()).as(note + " " + report[0]).isZero();
        checks++;
        if (blow == Blow.UNMAP) {
            return false;
        }
        target.ask("load");
        return random.nextInt(8) != 0;
    }

    private PrefaultRequest request() {
        PrefaultRequest.Builder request =
                PrefaultRequest.more(
                                random.nextBoolean() ? 1L << 40 : 1 + random.nextLong(64 * MIB))
                        .pace(
                                random.nextInt(4) == 0 ? 64 + random.nextInt(2000) : 0,
                                0.25 + random.nextDouble() * 2)
                        .afterBalloonCycle(random.nextBoolean())
                        .hugeRestored(random.nextBoolean())
                        .hostReserveBytes(random.nextInt(10) == 0 ? 1L << 50 : 0)
                        .withinNs(random.nextInt(10) == 0 ? 1 + random.nextInt(20_000_000) : 0);
        if (random.nextInt(3) == 0) {
            long offset = random.nextInt(MIB_EACH) * MIB;
            request.part(offset, MIB * (1 + random.nextInt(MIB_EACH)));
        } else if (random.nextInt(6) != 0) {
            request.balloonHeldBytes(0);
        }
        return request.build();
    }

    private void check(@Nullable PrefaultReport report, Blow blow, String note) {
        assertThat(report).as(note).isNotNull();
        ends.merge(report.stop(), 1, Integer::sum);
        assertThat(report.stopReason()).as(note).isNotBlank();
        for (Failure failure : report.failures()) {
            assertThat(failure.reason()).as(note).isNotBlank();
            assertThat(failure.count()).as(note).isPositive();
            reasons.merge(
                    report.stop() + " " + failure.step() + " " + failure.symbol(), 1, Integer::sum);
            if (failure.errno() != 0) {
                assertThat(failure.symbol()).as(note).isNotBlank();
            }
        }
        if (report.stop() == Stop.PROCESS_GONE || report.stop() == Stop.RANGE_GONE) {
            assertThat(report.failures()).as(note + report).isNotEmpty();
        }
        switch (report.stop()) {
            case PROCESS_GONE -> assertThat(blow).as(note + report).isEqualTo(Blow.KILL);
            case RANGE_GONE -> assertThat(blow).as(note + report).isEqualTo(Blow.UNMAP);
            case CANCELLED -> assertThat(blow).as(note + report).isEqualTo(Blow.CANCEL);
            case NOT_PERMITTED, FAILED ->
                    assertThat(report.failures()).as(note + report).isNotEmpty();
            case DONE, UNAVAILABLE, DEADLINE, HOST_MEMORY -> {
                // Each may be the answer to such a request.
            }
        }
    }
}
