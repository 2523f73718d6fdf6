package org.foreshape.daemon.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.foreshape.daemon.config.Config;
import org.foreshape.daemon.demo.DemoGuests;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.hypervisor.Hypervisor;
import org.foreshape.hypervisor.VmSettings;
import org.foreshape.hypervisor.embedded.EmbeddedHypervisor;
import org.foreshape.hypervisor.embedded.EmbeddedOptions;
import org.foreshape.hypervisor.embedded.GuestSpec;
import org.foreshape.hypervisor.libvirt.LibvirtHypervisor;
import org.foreshape.hypervisor.libvirt.LibvirtSettings;
import org.foreshape.ring.DistinctErrors;

/** The hypervisor that a configuration names. */
public final class Hypervisors {
    private static final int EMBEDDED_GUEST_COUNT = 4;
    private static final long EMBEDDED_SEED = 1;

    /** All four just fit into the usual budget, and none ever needs as much. */
    private static final int INITIAL_PERCENT = 80;

    private static final long ANNOUNCE_LEAD_NS = TimeUnit.MINUTES.toNanos(10);

    private Hypervisors() {}

    /** Makes it, once the journal has told what VMs had; it is not started. */
    public static BiFunction<VmSettings, DistinctErrors, Hypervisor> of(Config config) {
        if (config.hypervisorUri().equals(Config.EMBEDDED)) {
            return (known, errors) -> embedded(config, known);
        }
        return (known, errors) -> libvirt(config, known, errors);
    }

    private static Hypervisor embedded(Config config, VmSettings known) {
        // The configuration decides their policy, as it does for real VMs.
        List<GuestSpec> guests =
                embeddedGuests().stream()
                        .map(guest ->
                                new GuestSpec(
                                        guest.name(),
                                        guest.uuid(),
                                        guest.curve(),
                                        guest.ceilingKib(),
                                        guest.ceilingKib() * INITIAL_PERCENT / 100,
                                        guest.vcpuCount(),
                                        null))
                        .toList();
        EmbeddedOptions options =
                new EmbeddedOptions.Builder()
                        .scale(DemoGuests.scale(guests.size()))
                        .hostMemoryKib(DemoGuests.ceilingsKib(guests))
                        .announceTasks(ANNOUNCE_LEAD_NS)
                        .build();
        return new EmbeddedHypervisor(guests, options, known, config.vmCountMax());
    }

    private static Hypervisor libvirt(Config config, VmSettings known, DistinctErrors errors) {
        LibvirtSettings usual =
                LibvirtSettings.defaults(config.hypervisorUri(), config.vmCountMax(), known);
        return new LibvirtHypervisor(
                new LibvirtSettings(
                        usual.uri(),
                        usual.vmCountMax(),
                        usual.workerCount(),
                        usual.workerCountMax(),
                        config.attentionRoundsPerS(),
                        TimeUnit.MILLISECONDS.toNanos(config.callDeadlineMs()),
                        usual.connectDeadlineNs(),
                        usual.rescanPeriodNs(),
                        known),
                errors);
    }

    private static List<GuestSpec> embeddedGuests() {
        return DemoGuests.create(EMBEDDED_GUEST_COUNT, EMBEDDED_SEED);
    }

    /** Memory of the host that a percentage of the budget is of. */
    public static long hostMemoryKib(Config config) {
        if (config.hypervisorUri().equals(Config.EMBEDDED)) {
            return DemoGuests.ceilingsKib(embeddedGuests());
        }
        try {
            // proc_meminfo(5): "MemTotal:       16316412 kB", where kB means KiB.
            for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
                if (line.startsWith("MemTotal:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", ""));
                }
            }
        } catch (IOException e) {
            throw Failure.missing("cannot read /proc/meminfo: " + e + "; is /proc mounted?", e);
        }
        throw Failure.missing("/proc/meminfo has no MemTotal; set host.budget in MiB");
    }
}
