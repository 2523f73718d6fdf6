package org.foreshape.nativebindings.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.foreshape.nativebindings.generated.libvirt.virTypedParameter;
import org.junit.jupiter.api.Test;

class DomainStatsDecoderTest {
    @Test
    void shouldDecodeEveryFieldByItsName() {
        TypedParameters all = new TypedParameters();
        List<String> expected = new ArrayList<>();
        int number = 0;
        for (DomainStatsField field : DomainStatsField.values()) {
            number++;
            int index = field.isIndexed() ? 100 + number : -1;
            all.putUnsignedLong(field.pattern().replace("#", "" + index), number);
            expected.add(field + " " + index + " " + number);
        }
        assertThat(decode(all, false)).isEqualTo(expected);
    }

    @Test
    void shouldReadEachTypeAsItsNumber() {
        TypedParameters typed =
                new TypedParameters()
                        .putInt("state.state", -5)
                        .putUnsignedInt("vcpu.current", 0xffff_ffff)
                        .putLong("cpu.time", Long.MIN_VALUE)
                        .putUnsignedLong("cpu.user", -1)
                        .putDouble("cpu.system", 3.9)
                        .putBoolean("vcpu.0.state", true);
        assertThat(decode(typed, false))
                .containsExactly(
                        "STATE -1 -5",
                        "VCPU_CURRENT -1 4294967295",
                        "CPU_TIME_NS -1 -9223372036854775808",
                        "CPU_USER_NS -1 -1",
                        "CPU_SYSTEM_NS -1 3",
                        "VCPU_STATE 0 1");
    }

    @Test
    void shouldSkipNamesThatAreNotDecoded() {
        TypedParameters unknown =
                new TypedParameters()
                        .putLong("state.statement", 1)
                        .putLong("state", 2)
                        .putLong("vcpu.time", 3)
                        .putLong("vcpu.0.time.sum", 4)
                        .putLong("vcpu.x.time", 5)
                        .putLong("vcpu.#.time", 6)
                        .putLong("v".repeat(79), 7)
                        .putLong("perf.cmt", 8)
                        .putLong("cpu.time", 9);
        assertThat(decode(unknown, false)).as("# itself is no index").endsWith("CPU_TIME_NS -1 9");
        assertThat(decode(unknown, false)).noneMatch(line -> line.matches(".* [1-57-8]"));
    }

    @Test
    void shouldGiveTextsOnlyWhenWanted() {
        TypedParameters texts =
                new TypedParameters().putString("block.12.name", "vda").putLong("block.count", 1);
        assertThat(decode(texts, false)).containsExactly("BLOCK_COUNT -1 1");
        assertThat(decode(texts, true)).containsExactly("BLOCK_NAME 12 vda", "BLOCK_COUNT -1 1");
    }

    @Test
    void shouldRefuseATypeThatLibvirtDoesNotHave() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment array = new TypedParameters().putLong("cpu.time", 1).encode(arena);
            virTypedParameter.type(array, 99);
            assertThatThrownBy(
                            () -> DomainStatsDecoder.decode(array.address(), 1, new Lines(false)))
                    .hasMessageContaining("unknown type 99");
        }
    }

    @Test
    void shouldNotAllocateForAField() {
        TypedParameters all = new TypedParameters();
        for (DomainStatsField field : DomainStatsField.values()) {
            all.putUnsignedLong(field.pattern().replace("#", "17"), 4711);
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        SummingSink sink = new SummingSink();
        try (Arena arena = Arena.ofConfined()) {
            long address = all.encode(arena).address();
            for (int i = 0; i < 20_000; i++) {
                DomainStatsDecoder.decode(address, all.size(), sink);
            }
            long[] allocated = new long[20];
            for (int round = 0; round < allocated.length; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 1000; i++) {
                    DomainStatsDecoder.decode(address, all.size(), sink);
                }
                allocated[round] = threads.getCurrentThreadAllocatedBytes() - before;
            }
            Arrays.sort(allocated);
            // The quietest round: the compiler may still be at work in others. Far below a byte a
            // field.
            assertThat(allocated[0]).isLessThan(1000);
            assertThat(sink.sum).isPositive();
        }
    }

    private static List<String> decode(TypedParameters parameters, boolean wantsText) {
        try (Arena arena = Arena.ofConfined()) {
            Lines lines = new Lines(wantsText);
            DomainStatsDecoder.decode(parameters.encode(arena).address(), parameters.size(), lines);
            return lines.lines;
        }
    }

    private static final class SummingSink implements DomainStatsSink {
        long sum;

        @Override
        public void begin(long uuidHigh, long uuidLow) {}

        @Override
        public void value(DomainStatsField field, int index, long value) {
            sum += value + index;
        }

        @Override
        public void end() {}
    }

    private static final class Lines implements DomainStatsSink {
        private final List<String> lines = new ArrayList<>();
        private final boolean wantsText;

        Lines(boolean wantsText) {
            this.wantsText = wantsText;
        }

        @Override
        public void begin(long uuidHigh, long uuidLow) {}

        @Override
        public void value(DomainStatsField field, int index, long value) {
            lines.add(field + " " + index + " " + value);
        }

        @Override
        public boolean wantsText() {
            return wantsText;
        }

        @Override
        public void text(DomainStatsField field, int index, String text) {
            lines.add(field + " " + index + " " + text);
        }

        @Override
        public void end() {}
    }
}
