package org.foreshape.prefault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PageRangesTest {
    private static final int SIZE = 200;

    @Test
    void shouldAgreeWithBitSets() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            BitSet a = randomBits(random);
            BitSet b = randomBits(random);
            String note = "seed " + seed + " round " + round;

            BitSet and = (BitSet) a.clone();
            and.and(b);
            assertThat(bits(ranges(a).and(ranges(b)))).as(note).isEqualTo(and);
            BitSet without = (BitSet) a.clone();
            without.andNot(b);
            assertThat(bits(ranges(a).without(ranges(b)))).as(note).isEqualTo(without);
            BitSet or = (BitSet) a.clone();
            or.or(b);
            PageRanges both = ranges(a).or(ranges(b));
            assertThat(bits(both)).as(note).isEqualTo(or);
            assertThat(both.bytes()).as(note).isEqualTo(or.cardinality());

            int from = random.nextInt(SIZE);
            int to = from + random.nextInt(SIZE - from);
            assertThat(ranges(a).bytesWithin(from, to))
                    .as(note)
                    .isEqualTo(a.get(from, to).cardinality());
            assertThat(ranges(a).first(from).bytes())
                    .as(note)
                    .isEqualTo(Math.min(from, a.cardinality()));
        }
    }

    @Test
    void shouldRefuseRangesOutOfOrder() {
        PageRanges ranges = PageRanges.of(10, 20);
        assertThatThrownBy(() -> ranges.add(15, 30)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldTakeOfARunThatIsToldAgainOnlyWhatIsNew() {
        PageRanges ranges = PageRanges.of(10, 20);
        ranges.addNext(15, 30);
        ranges.addNext(12, 25);
        ranges.addNext(40, 50);
        assertThat(ranges.count()).isEqualTo(2);
        assertThat(ranges.end(0)).isEqualTo(30);
        assertThat(ranges.bytes()).isEqualTo(30);
    }

    private static BitSet randomBits(Random random) {
        BitSet bits = new BitSet(SIZE);
        for (int i = random.nextInt(12); i > 0; i--) {
            int start = random.nextInt(SIZE);
            bits.set(start, start + random.nextInt(SIZE - start));
        }
        return bits;
    }

    private static PageRanges ranges(BitSet bits) {
        PageRanges ranges = new PageRanges();
        for (int start = bits.nextSetBit(0); start >= 0; start = bits.nextSetBit(start)) {
            int end = bits.nextClearBit(start);
            ranges.add(start, end);
            start = end;
        }
        return ranges;
    }

    private static BitSet bits(PageRanges ranges) {
        BitSet bits = new BitSet(SIZE);
        for (int i = 0; i < ranges.count(); i++) {
            bits.set((int) ranges.start(i), (int) ranges.end(i));
        }
        return bits;
    }
}
