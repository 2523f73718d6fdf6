package org.foreshape.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.foreshape.journal.codec.ControlDecoder;
import org.foreshape.journal.codec.ForecastDecoder;
import org.foreshape.journal.codec.MessageHeaderDecoder;
import org.foreshape.journal.codec.MessageHeaderEncoder;
import org.foreshape.journal.codec.SampleDecoder;
import org.foreshape.journal.codec.TaskDecoder;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.Resource;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.TaskSection;
import org.foreshape.ring.event.Tick;
import org.junit.jupiter.api.Test;

/** Messages as version 1 wrote them: without what was added at the end of their blocks. */
class OlderVersionTest {
    private static final int SINCE_2_BYTES = Long.BYTES;

    @Test
    void shouldReadAControlThatHasNoTime() {
        long seed = Long.getLong("foreshape.seed", 20_261_127L);
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            Tick written = new Tick(1);
            Ticks.fillControl(written, random);
            UnsafeBuffer bytes = new UnsafeBuffer(new ExpandableArrayBuffer(64 << 10), 0, 64 << 10);
            MessageHeaderEncoder header = new MessageHeaderEncoder();
            NewsCodec codec = new NewsCodec();
            int end = codec.encode(written.control, bytes, 0, header);

            int block = MessageHeaderDecoder.ENCODED_LENGTH + ControlDecoder.BLOCK_LENGTH;
            header.wrap(bytes, 0)
                    .blockLength(ControlDecoder.BLOCK_LENGTH - SINCE_2_BYTES)
                    .version(1);
            byte[] rest = new byte[end - block];
            bytes.getBytes(block, rest);
            bytes.putBytes(block - SINCE_2_BYTES, rest);

            Tick read = new Tick(1);
            int readEnd =
                    codec.decode(read.control, bytes, 0, new MessageHeaderDecoder().wrap(bytes, 0));
            assertThat(readEnd).isEqualTo(end - SINCE_2_BYTES);
            assertThat(read.control.timeNs).isZero();
            assertThat(read.control.kind).isEqualTo(written.control.kind);
            assertThat(read.control.amountKib).isEqualTo(written.control.amountKib);
            assertThat(read.control.mode).isEqualTo(written.control.mode);
            assertThat(read.control.vmName.contentEquals(written.control.vmName)).isTrue();
            assertThat(read.control.text.contentEquals(written.control.text)).isTrue();
        }
    }

    @Test
    void shouldReadAForecastThatHasNoStorage() {
        long seed = Long.getLong("foreshape.seed", 20_261_127L);
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        int missing = ForecastSection.STRIDE - DecisionCodec.FIRST_FIGURES;
        for (int i = 0; i < 50; i++) {
            Tick written = new Tick(5);
            Ticks.fillForecast(written.forecast, random);
            Arrays.fill(written.forecast.taskCpuMillicores, 0);
            Arrays.fill(written.forecast.taskStorageKib, 0);
            UnsafeBuffer bytes = new UnsafeBuffer(new ExpandableArrayBuffer(64 << 10), 0, 64 << 10);
            MessageHeaderEncoder header = new MessageHeaderEncoder();
            int end = new DecisionCodec().encode(written.forecast, bytes, 0, header);
            header.wrap(bytes, 0).version(3);
            // The group's head, then each slot without what stands at its end now.
            int group = MessageHeaderDecoder.ENCODED_LENGTH;
            int slotBytes = ForecastDecoder.SlotsDecoder.sbeBlockLength();
            int oldBytes = slotBytes - missing * Float.BYTES - 2 * Long.BYTES;
            cutSlots(bytes, group, slotBytes, oldBytes, written.forecast.slotCount);
            Tick read = new Tick(5);
            int readEnd =
                    new DecisionCodec()
                            .decode(
                                    read.forecast,
                                    bytes,
                                    0,
                                    new MessageHeaderDecoder().wrap(bytes, 0));
            assertThat(readEnd)
                    .isEqualTo(end - written.forecast.slotCount * (slotBytes - oldBytes));
            for (int slot = 0; slot < written.forecast.slotCount; slot++) {
                assertThat(
                                ForecastDifference.of(
                                        written.forecast,
                                        read.forecast,
                                        slot,
                                        DecisionCodec.FIRST_FIGURES))
                        .isNull();
                int from = ForecastSection.offset(slot, Resource.STORAGE, Horizon.MINUTES_5);
                for (int k = 0; k < missing; k++) {
                    assertThat(read.forecast.quantile[from + k]).isZero();
                }
            }
        }
    }

    /** Makes the slots of a group shorter by what stands at their end now. */
    private static void cutSlots(
            UnsafeBuffer bytes, int group, int slotBytes, int oldBytes, int count) {
        bytes.putShort(group, (short) oldBytes);
        int at = group + ForecastDecoder.SlotsDecoder.sbeHeaderSize();
        for (int slot = 0; slot < count; slot++) {
            byte[] old = new byte[oldBytes];
            bytes.getBytes(at + slot * slotBytes, old);
            bytes.putBytes(at + slot * oldBytes, old);
        }
    }

    @Test
    void shouldReadASampleThatDoesNotTellWhatDisksCanHold() {
        long seed = Long.getLong("foreshape.seed", 20_261_130L);
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 50; i++) {
            Tick written = new Tick(5);
            Ticks.fillSample(written.sample, random);
            UnsafeBuffer bytes = new UnsafeBuffer(new ExpandableArrayBuffer(64 << 10), 0, 64 << 10);
            MessageHeaderEncoder header = new MessageHeaderEncoder();
            int end = new SampleCodec().encode(written.sample, bytes, 0, header);
            header.wrap(bytes, 0).version(5);
            int group = MessageHeaderDecoder.ENCODED_LENGTH + SampleDecoder.BLOCK_LENGTH;
            int slotBytes = SampleDecoder.SlotsDecoder.sbeBlockLength();
            int count = written.sample.slotCount;
            cutSlots(bytes, group, slotBytes, slotBytes - Long.BYTES, count);
            Tick read = new Tick(5);
            MessageHeaderDecoder old = new MessageHeaderDecoder().wrap(bytes, 0);
            assertThat(new SampleCodec().decode(read.sample, bytes, 0, old))
                    .isEqualTo(end - count * Long.BYTES);
            assertThat(read.sample.slotCount).isEqualTo(count);
            assertThat(read.sample.storageKib).isEqualTo(written.sample.storageKib);
            assertThat(read.sample.vcpuCountMax).isEqualTo(written.sample.vcpuCountMax);
            assertThat(read.sample.present).isEqualTo(written.sample.present);
            assertThat(read.sample.storageCapacityKib).containsOnly(SampleSection.UNKNOWN);
        }
    }

    @Test
    void shouldReadATaskThatTellsOfMemoryOnly() {
        long seed = Long.getLong("foreshape.seed", 20_261_130L);
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        int added = 4 * Long.BYTES;
        for (int i = 0; i < 200; i++) {
            Tick written = new Tick(1);
            Ticks.fillTask(written.task, random);
            UnsafeBuffer bytes = new UnsafeBuffer(new ExpandableArrayBuffer(64 << 10), 0, 64 << 10);
            MessageHeaderEncoder header = new MessageHeaderEncoder();
            NewsCodec codec = new NewsCodec();
            int end = codec.encode(written.task, bytes, 0, header);
            int block = MessageHeaderDecoder.ENCODED_LENGTH + TaskDecoder.BLOCK_LENGTH;
            header.wrap(bytes, 0).blockLength(TaskDecoder.BLOCK_LENGTH - added).version(5);
            byte[] rest = new byte[end - block];
            bytes.getBytes(block, rest);
            bytes.putBytes(block - added, rest);

            Tick read = new Tick(1);
            MessageHeaderDecoder old = new MessageHeaderDecoder().wrap(bytes, 0);
            assertThat(codec.decode(read.task, bytes, 0, old)).isEqualTo(end - added);
            assertThat(read.task.id.contentEquals(written.task.id)).isTrue();
            assertThat(read.task.state).isEqualTo(written.task.state);
            assertThat(read.task.expectedMemoryKib).isEqualTo(written.task.expectedMemoryKib);
            assertThat(read.task.actualDurationNs).isEqualTo(written.task.actualDurationNs);
            for (Resource resource : List.of(Resource.CPU, Resource.STORAGE)) {
                assertThat(read.task.expected(resource)).isEqualTo(TaskSection.UNKNOWN);
                assertThat(read.task.actual(resource)).isEqualTo(TaskSection.UNKNOWN);
            }
        }
    }
}
