package org.foreshape.hypervisor.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import org.foreshape.nativebindings.libvirt.DomainStatsField;
import org.foreshape.ring.event.SampleSection;
import org.foreshape.ring.event.Tick;
import org.junit.jupiter.api.Test;

class DeviceCountersTest {
    private final DeviceCounters counters = new DeviceCounters();
    private final SampleSection sample = new Tick(1).sample;

    private void disk(int index, long allocationMib, long capacityMib) {
        counters.value(DomainStatsField.BLOCK_ALLOCATION_BYTES, index, allocationMib << 20);
        if (capacityMib > 0) {
            counters.value(DomainStatsField.BLOCK_CAPACITY_BYTES, index, capacityMib << 20);
        }
    }

    @Test
    void shouldSumWhatDisksTakeUpAndWhatTheyCanHold() {
        counters.begin(1, 1);
        disk(0, 3, 10);
        disk(1, 4, 20);
        counters.end();
        counters.writeTo(sample, 0);
        assertThat(sample.storageKib[0]).isEqualTo(7 << 10);
        assertThat(sample.storageCapacityKib[0]).isEqualTo(30 << 10);
    }

    @Test
    void shouldNotTellACapacityThatIsOnlyThatOfSomeDisks() {
        counters.begin(1, 1);
        disk(0, 3, 10);
        disk(1, 4, 0);
        counters.end();
        counters.writeTo(sample, 0);
        assertThat(sample.storageKib[0]).isEqualTo(7 << 10);
        assertThat(sample.storageCapacityKib[0]).isEqualTo(SampleSection.UNKNOWN);
    }

    @Test
    void shouldLeaveASlotAloneBeforeItKnows() {
        counters.begin(1, 1);
        disk(0, 3, 10);
        counters.writeTo(sample, 0);
        assertThat(sample.storageKib[0]).isEqualTo(SampleSection.UNKNOWN);
        assertThat(sample.storageCapacityKib[0]).isEqualTo(SampleSection.UNKNOWN);
    }
}
