package org.foreshape.hypervisor.libvirt;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.foreshape.hypervisor.Hypervisor;
import org.foreshape.hypervisor.HypervisorContractTest;
import org.foreshape.lab.Guest;
import org.foreshape.lab.GuestSpec;
import org.foreshape.lab.Lab;
import org.foreshape.lab.PrivateLibvirtd;
import org.foreshape.ring.DistinctErrors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;

/** The contract, kept with real guests of a libvirtd of our own. */
@Tag("guests")
@Timeout(300)
final class LibvirtContractTest extends HypervisorContractTest {
    private static final Duration BOOT = Duration.ofSeconds(150);
    private static final int MAX_MIB = 320;
    private static final int CURRENT_MIB = 256;
    private static final int SMALLER_MIB = 208;
    private static final long KIB_PER_MIB = 1024;

    private static PrivateLibvirtd libvirtd;
    private static List<Guest> guests = List.of();
    private static int guestCount;

    @BeforeAll
    static void bootGuests() {
        Lab.reasonToSkip().ifPresent(reason -> Assumptions.abort(reason));
        libvirtd = PrivateLibvirtd.start();
    }

    @AfterAll
    static void closeLibvirtd() {
        if (libvirtd != null) {
            libvirtd.close();
        }
    }

    /** Guests stay from test to test, as long as no test stops them; each starts at full size. */
    private static List<Guest> twoGuests() {
        List<Guest> alive = new ArrayList<>();
        for (Guest guest : guests) {
            boolean keep = guest.isRunning() && !guest.domainName().endsWith("newcomer");
            if (keep && alive.size() < 2) {
                guest.resize(CURRENT_MIB, BOOT);
                alive.add(guest);
            } else {
                guest.destroy();
            }
        }
        while (alive.size() < 2) {
            alive.add(create("vm" + guestCount++));
        }
        alive.forEach(guest -> guest.waitReady(BOOT));
        guests = alive;
        return alive;
    }

    private static Guest create(String name) {
        return libvirtd.create(
                GuestSpec.builder(name).maxMib(MAX_MIB).currentMib(CURRENT_MIB).build());
    }

    @Override
    protected Subject open() {
        List<Guest> two = twoGuests();
        LibvirtHypervisor hypervisor =
                new LibvirtHypervisor(
                        LibvirtSettings.defaults(libvirtd.uri(), VM_COUNT_MAX, SETTINGS),
                        new DistinctErrors());
        return new RealGuests(hypervisor, two);
    }

    @Override
    protected long limitMs() {
        return 90_000;
    }

    private static final class RealGuests implements Subject {
        private final LibvirtHypervisor hypervisor;
        private final List<Guest> two;

        RealGuests(LibvirtHypervisor hypervisor, List<Guest> two) {
            this.hypervisor = hypervisor;
            this.two = two;
        }

        @Override
        public Hypervisor hypervisor() {
            return hypervisor;
        }

        @Override
        public List<String> vmNames() {
            return two.stream().map(Guest::domainName).toList();
        }

        @Override
        public long smallerKib() {
            return SMALLER_MIB * KIB_PER_MIB;
        }

        @Override
        public long largerKib() {
            return MAX_MIB * KIB_PER_MIB;
        }

        @Override
        public void stopVm(String name) {
            guest(name).destroy();
        }

        @Override
        public String startVm(String name) {
            Guest guest = create(name);
            List<Guest> more = new ArrayList<>(guests);
            more.add(guest);
            guests = more;
            return guest.domainName();
        }

        @Override
        public long allocationKib(String name) {
            return guest(name).balloonMib() * KIB_PER_MIB;
        }

        @Override
        public long toleranceKib() {
            return 2 * KIB_PER_MIB;
        }

        private Guest guest(String name) {
            return two.stream()
                    .filter(guest -> guest.domainName().equals(name))
                    .findFirst()
                    .orElseThrow();
        }

        @Override
        public void close() {
            hypervisor.close();
        }
    }
}
