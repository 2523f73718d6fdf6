package org.foreshape.daemon.engine;

import java.util.UUID;
import org.foreshape.daemon.config.Config;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.journal.JournalException;
import org.foreshape.journal.JournalState;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.event.VmPolicy;
import tools.jackson.databind.node.ObjectNode;

/**
 * Gives VMs their original allocation back while no daemon runs: a short run of an engine that does
 * nothing else, so that its acts are journaled and guarded like all others.
 */
public final class OfflineRestore {
    private static final long SETTLE_MS = 3_000;

    private OfflineRestore() {}

    /**
     * Restores every VM that the journal knows and says what came of each.
     *
     * @throws Failure when there is no journal to read the originals from
     */
    public static ObjectNode run(Config config) throws InterruptedException {
        JournalState past;
        try {
            past = JournalState.read(config.journalDirectory());
        } catch (JournalException e) {
            throw Failure.missing(String.valueOf(e.getMessage()), e);
        }
        if (past.vms().isEmpty()) {
            throw Failure.missing(
                    "the journal "
                            + config.journalDirectory()
                            + " knows no VM, so there is nothing to restore; name the journal of"
                            + " the run with --journal");
        }
        EngineSpec usual = EngineSpecs.of(config);
        EngineSpec spec =
                new EngineSpec(
                        new ModelSource(null).settings(config.vmCountMax(), config.shaping()),
                        usual.hypervisor(),
                        usual.clock(),
                        name -> enforced(config, past, name),
                        usual.budgetKib(),
                        null,
                        false,
                        usual.journal());
        try (Engine engine = Engine.open(spec)) {
            EngineControl control = new EngineControl(engine, () -> {});
            control.pause();
            engine.start();
            // Arrivals come from the hypervisor's threads; statistics follow within a sample or
            // two.
            Thread.sleep(SETTLE_MS);
            for (VmEntry vm : engine.roster().all()) {
                if (isKnown(past, vm.uuid()) && vm.mode() != VmMode.ENFORCE) {
                    control.mode(vm.name(), VmMode.ENFORCE);
                }
            }
            return control.restore();
        }
    }

    private static boolean isKnown(JournalState past, UUID uuid) {
        return past.vms().containsKey(uuid);
    }

    private static VmPolicy enforced(Config config, JournalState past, String name) {
        VmPolicy policy = config.policyOf(name);
        boolean known = past.vms().values().stream().anyMatch(vm -> vm.name().equals(name));
        return known
                ? new VmPolicy(
                        VmMode.ENFORCE, policy.priority(), policy.floorKib(), policy.ceilingKib())
                : policy;
    }
}
