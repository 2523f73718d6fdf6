package org.foreshape.daemon.demo;

import java.util.List;
import java.util.UUID;
import org.foreshape.daemon.engine.Engine;
import org.foreshape.daemon.engine.EngineSpec;
import org.foreshape.daemon.engine.Rehearsal;
import org.foreshape.daemon.engine.RunSettings;
import org.foreshape.hypervisor.VmSettings;
import org.foreshape.hypervisor.embedded.EmbeddedHypervisor;
import org.foreshape.hypervisor.embedded.EmbeddedOptions;
import org.foreshape.hypervisor.embedded.GuestSpec;
import org.foreshape.hypervisor.embedded.GuestTotals;
import org.foreshape.inference.ForecastModel;
import org.foreshape.journal.JournalOptions;
import org.foreshape.ring.EngineClock;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.event.VmPolicy;
import org.jspecify.annotations.Nullable;

/** One way to divide memory, with guests of its own that have the same demand as all others'. */
final class Arm implements AutoCloseable {
    private final String name;
    private final EmbeddedHypervisor hypervisor;
    private final @Nullable Engine engine;
    private final EngineClock clock;
    private final int vmCount;

    private Arm(
            String name,
            EmbeddedHypervisor hypervisor,
            @Nullable Engine engine,
            EngineClock clock,
            int vmCount) {
        this.name = name;
        this.hypervisor = hypervisor;
        this.engine = engine;
        this.clock = clock;
        this.vmCount = vmCount;
    }

    /** Guests that keep the equal share they start with. */
    static Arm still(
            String name, List<GuestSpec> guests, EmbeddedOptions options, EngineClock clock) {
        return new Arm(
                name,
                new EmbeddedHypervisor(guests, options, new NoSettings(), guests.size()),
                null,
                clock,
                guests.size());
    }

    /** Guests that an engine shapes. */
    static Arm shaped(
            String name,
            List<GuestSpec> guests,
            EmbeddedOptions options,
            EngineClock clock,
            RunSettings settings,
            @Nullable ForecastModel model,
            @Nullable JournalOptions journal) {
        EmbeddedHypervisor[] made = new EmbeddedHypervisor[1];
        EngineSpec spec =
                new EngineSpec(
                        settings,
                        (known, errors) -> {
                            made[0] =
                                    new EmbeddedHypervisor(
                                            guests, options, known, settings.vmCountMax());
                            return made[0];
                        },
                        clock,
                        vmName -> NoSettings.POLICY,
                        DemoGuests.budgetKib(guests),
                        model,
                        false,
                        journal);
        if (model != null) {
            Rehearsal.once(spec);
        }
        Engine engine = Engine.open(spec);
        return new Arm(name, made[0], engine, clock, guests.size());
    }

    /** Starts guests and engine. */
    void start() {
        if (engine != null) {
            engine.start();
        } else {
            hypervisor.start(new Discard(vmCount), clock);
        }
    }

    String name() {
        return name;
    }

    /** The engine, or null for the arm that decides nothing. */
    @Nullable Engine engine() {
        return engine;
    }

    List<GuestTotals> totals() {
        return hypervisor.totals();
    }

    long allocationKib(String guestName) {
        return hypervisor.allocationKib(guestName);
    }

    long failureCount() {
        return hypervisor.failureCount();
    }

    double stallSeconds() {
        return totals().stream().mapToDouble(GuestTotals::stallSeconds).sum();
    }

    @Override
    public void close() {
        if (engine != null) {
            engine.close();
        } else {
            hypervisor.close();
        }
    }

    /** Guests of the demonstration carry their policy themselves. */
    private record NoSettings() implements VmSettings {
        static final VmPolicy POLICY = new VmPolicy(VmMode.OBSERVE, 0, 0, Long.MAX_VALUE);

        @Override
        public VmPolicy policyFor(String vmName, UUID vmUuid) {
            return POLICY;
        }

        @Override
        public long originalKib(UUID vmUuid, long currentKib) {
            return currentKib;
        }
    }
}
