package org.foreshape.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.event.VmPolicy;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class VmDirectoryTest {
    private static final UUID A = UUID.nameUUIDFromBytes(new byte[] {1});
    private static final UUID B = UUID.nameUUIDFromBytes(new byte[] {2});
    private static final UUID C = UUID.nameUUIDFromBytes(new byte[] {3});

    private final EventLog log = new EventLog(2);
    private final VmDirectory directory = new VmDirectory(2, HypervisorContractTest.SETTINGS);

    @BeforeEach
    void openDirectory() {
        directory.open(log, EngineClock.wall());
    }

    @Test
    void shouldRefuseAVmWhenAllSlotsAreTaken() {
        directory.arrive("a", A, null, 1);
        directory.arrive("b", B, null, 1);

        assertThat(directory.arrive("c", C, null, 1)).isNull();
        assertThat(log.all(EventLog.Control.class)).hasSize(2);
        assertThat(directory.byName("c")).isNull();
    }

    @Test
    void shouldNotAnnounceAKnownVmAgain() {
        VmRef first = directory.arrive("a", A, null, 1);

        assertThat(directory.arrive("renamed", A, null, 5)).isEqualTo(first);
        assertThat(log.size()).isEqualTo(1);
    }

    @Test
    void shouldReuseASlotWithAHigherGeneration() {
        VmRef first = directory.arrive("a", A, null, 1);
        assertThat(first).isNotNull();
        directory.depart(first);
        directory.depart(first);
        VmRef second = directory.arrive("b", B, null, 1);

        assertThat(second).isEqualTo(new VmRef(first.slot(), first.generation() + 1, "b", B));
        assertThat(directory.at(first.slot(), first.generation())).isNull();
        assertThat(directory.at(second.slot(), second.generation())).isEqualTo(second);
        assertThat(log.all(EventLog.Control.class))
                .extracting(EventLog.Control::kind)
                .containsExactly(
                        ControlKind.VM_ARRIVED, ControlKind.VM_DEPARTED, ControlKind.VM_ARRIVED);
    }

    @Test
    void shouldPreferTheVmsOwnPolicyAndPublishItsChange() {
        VmRef vm = directory.arrive("a", A, new VmPolicy(VmMode.OBSERVE, 9, 10, 20), 1);
        assertThat(vm).isNotNull();
        directory.changePolicy(vm, new VmPolicy(VmMode.RECOMMEND, 1, 11, 21));
        directory.depart(vm);
        directory.changePolicy(vm, new VmPolicy(VmMode.ENFORCE, 1, 11, 21));

        assertThat(log.all(EventLog.Control.class))
                .extracting(EventLog.Control::kind, EventLog.Control::mode)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(ControlKind.VM_ARRIVED, VmMode.OBSERVE),
                        org.assertj.core.groups.Tuple.tuple(
                                ControlKind.VM_POLICY, VmMode.RECOMMEND),
                        org.assertj.core.groups.Tuple.tuple(
                                ControlKind.VM_DEPARTED, VmMode.OBSERVE));
    }

    @Test
    void shouldFindByNameIdentityAndPlace() {
        VmRef a = directory.arrive("a", A, null, 1);
        VmRef b = directory.arrive("b", B, null, 1);

        assertThat(directory.byName("b")).isEqualTo(b);
        assertThat(directory.byUuid(A)).isEqualTo(a);
        assertThat(directory.at(1, 1)).isEqualTo(b);
        assertThat(directory.at(-1, 1)).isNull();
        assertThat(directory.at(2, 1)).isNull();
        assertThat(directory.all()).containsExactly(a, b);
    }
}
