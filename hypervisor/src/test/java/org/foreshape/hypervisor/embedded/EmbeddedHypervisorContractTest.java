package org.foreshape.hypervisor.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.foreshape.hypervisor.EventLog;
import org.foreshape.hypervisor.Hypervisor;
import org.foreshape.hypervisor.HypervisorContractTest;
import org.foreshape.hypervisor.VmRef;
import org.foreshape.ring.event.ActKind;
import org.foreshape.ring.event.OutcomeStatus;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.event.VmPolicy;
import org.junit.jupiter.api.Test;

class EmbeddedHypervisorContractTest extends HypervisorContractTest {
    static final long MIB = 1024;

    @Override
    protected Subject open() {
        EmbeddedHypervisor hypervisor =
                new EmbeddedHypervisor(
                        List.of(guest("contract-a"), guest("contract-b")),
                        EmbeddedOptions.defaults(),
                        SETTINGS,
                        VM_COUNT_MAX);
        return new EmbeddedSubject(hypervisor);
    }

    static GuestSpec guest(String name) {
        return new GuestSpec(
                name,
                UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)),
                Curves.steady(32 * MIB, 7),
                256 * MIB,
                192 * MIB,
                2,
                null);
    }

    private record EmbeddedSubject(EmbeddedHypervisor embedded) implements Subject {
        @Override
        public Hypervisor hypervisor() {
            return embedded;
        }

        @Override
        public List<String> vmNames() {
            return List.of("contract-a", "contract-b");
        }

        @Override
        public long smallerKib() {
            return 128 * MIB;
        }

        @Override
        public long largerKib() {
            return 256 * MIB;
        }

        @Override
        public void stopVm(String name) {
            assertThat(embedded.removeGuest(name)).isTrue();
        }

        @Override
        public String startVm(String name) {
            embedded.addGuest(guest(name));
            return name;
        }

        @Override
        public long allocationKib(String name) {
            return embedded.allocationKib(name);
        }

        @Override
        public long toleranceKib() {
            return 0;
        }

        @Override
        public void close() {
            embedded.close();
        }
    }

    @Test
    void shouldRefuseWhatEmbeddedGuestsDoNotHave() throws Exception {
        start();
        VmRef vm = arrived("contract-a", 0);

        for (ActKind kind : List.of(ActKind.RESIZE_VCPUS, ActKind.RESIZE_STORAGE)) {
            assertThat(perform(vm, kind, 1)).isEqualTo(OutcomeStatus.UNAVAILABLE);
        }
    }

    @Test
    void shouldSampleAnAttendedGuestTenTimesASecond() throws Exception {
        start();
        VmRef vm = arrived("contract-a", 0);
        subject().hypervisor().attend(vm.slot(), vm.generation(), Long.MAX_VALUE);
        int from = log().size();
        EventLog.Sample first = log().await(EventLog.Sample.class, from, limitMs(), s -> true);
        EventLog.Sample last = first;
        for (int i = 0; i < 5; i++) {
            long afterNs = last.figures().statsTimeNs[vm.slot()];
            last =
                    log().await(
                                    EventLog.Sample.class,
                                    from,
                                    limitMs(),
                                    s -> s.figures().statsTimeNs[vm.slot()] > afterNs);
        }

        // Five new statistics would take five seconds without attention; the engine's own times
        // are compared, which a slow machine does not stretch.
        assertThat(last.figures().statsTimeNs[vm.slot()])
                .isLessThan(first.figures().statsTimeNs[vm.slot()] + 4_000_000_000L);
    }

    @Test
    void shouldPreferTheGuestsOwnPolicy() throws Exception {
        start();
        GuestSpec plain = guest("contract-own");
        ((EmbeddedHypervisor) subject().hypervisor())
                .addGuest(
                        new GuestSpec(
                                plain.name(),
                                plain.uuid(),
                                plain.curve(),
                                plain.ceilingKib(),
                                plain.initialKib(),
                                1,
                                new VmPolicy(VmMode.OBSERVE, 8, 1, 2)));

        EventLog.Control arrival =
                log().await(
                                EventLog.Control.class,
                                0,
                                limitMs(),
                                control -> control.name().equals("contract-own"));
        assertThat(arrival.mode()).isEqualTo(VmMode.OBSERVE);
        assertThat(arrival.priority()).isEqualTo(8);
    }
}
