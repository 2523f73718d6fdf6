package org.foreshape.ring.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SectionsTest {
    @Test
    void shouldCutALongTextAtACharacterBoundary() {
        Text text = new Text(5);
        text.set("abcdé");
        assertThat(text.toString()).isEqualTo("abcd");
        text.set("abcé");
        assertThat(text.toString()).isEqualTo("abcé");
        text.set("日本語");
        assertThat(text.toString()).isEqualTo("日");
    }

    @Test
    void shouldCompareTextsByTheirBytesInUse() {
        Text one = new Text(8);
        Text other = new Text(16);
        byte[] bytes = "vm-1xxx".getBytes(StandardCharsets.UTF_8);
        one.set(bytes, 4);
        other.set("vm-1");
        assertThat(one.contentEquals(other)).isTrue();
        other.set("vm-2");
        assertThat(one.contentEquals(other)).isFalse();
    }

    @Test
    void shouldNameTheFirstFieldInWhichPlansDiffer() {
        PlanSection one = new Tick(4).plan;
        PlanSection other = new Tick(4).plan;
        one.slotCount = other.slotCount = 2;
        assertThat(one.firstDifference(other)).isNull();
        other.targetKib[1] = 5;
        assertThat(one.firstDifference(other)).contains("slot 1").contains("5 KiB");
        other.targetKib[1] = 0;
        other.addAct(1, 3, ActKind.RESIZE_MEMORY, 77);
        assertThat(one.contentEquals(other)).isFalse();
        one.addAct(1, 3, ActKind.RESIZE_MEMORY, 78);
        assertThat(one.firstDifference(other)).contains("act 0").contains("78").contains("77");
    }

    @Test
    void shouldLeaveNothingOfAnOldSampleBehind() {
        Tick tick = new Tick(4);
        tick.begin(EventKind.SAMPLE, 1);
        tick.sample.slotCount = 3;
        tick.sample.present[2] = true;
        tick.sample.usableKib[2] = 1;
        tick.plan.slotCount = 3;
        tick.plan.targetKib[2] = 9;
        tick.begin(EventKind.SAMPLE, 2);
        assertThat(tick.sample.present[2]).isFalse();
        assertThat(tick.sample.usableKib[2]).isEqualTo(SampleSection.UNKNOWN);
        assertThat(tick.plan.targetKib[2]).isZero();
        assertThat(tick.plan.made).isFalse();
    }

    @Test
    void shouldCopyASampleWhole() {
        SampleSection from = new Tick(4).sample;
        SampleSection to = new Tick(4).sample;
        from.slotCount = 2;
        from.present[1] = true;
        from.allocationKib[1] = 1000;
        from.usableKib[1] = 300;
        from.statsTimeNs[1] = 9;
        from.hostMemoryKib = 77;
        to.copyFrom(from);
        assertThat(to.hasGuestStats(1)).isTrue();
        assertThat(to.usedKib(1)).isEqualTo(700);
        assertThat(to.hostMemoryKib).isEqualTo(77);
        from.slotCount = 0;
        from.present[1] = false;
        to.copyFrom(from);
        assertThat(to.slotCount).isZero();
    }

    @Test
    void shouldCopyAndCompareLearntStateByTheBytesInUse() {
        Tick tick = new Tick(1);
        LearntSection from = tick.learnt;
        LearntSection to = new Tick(1).learnt;
        from.kind = LearntKind.ESTIMATOR;
        from.part = 2;
        from.lengthBytes = 8;
        from.payload.putLong(0, 77).putLong(8, 5);
        assertThat(to.contentEquals(from)).isFalse();
        to.copyFrom(from);
        assertThat(to.contentEquals(from)).isTrue();
        from.payload.putLong(8, 6);
        assertThat(to.contentEquals(from)).as("behind the bytes in use").isTrue();
        from.payload.put(7, (byte) 1);
        assertThat(to.contentEquals(from)).isFalse();
        tick.begin(EventKind.LEARNT, 1);
        assertThat(from.contentEquals(new Tick(1).learnt)).isTrue();
    }
}
