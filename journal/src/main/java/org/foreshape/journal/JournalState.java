package org.foreshape.journal;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.foreshape.ring.event.ControlSection;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.event.VmPolicy;
import org.jspecify.annotations.Nullable;

/**
 * What a start needs to know of earlier runs.
 *
 * @param runCount runs in the journal
 * @param endedInOrder whether the last run ended in order; true for an empty journal
 * @param paused whether acts were stopped at the end of the last run, by the operator, a restore or
 *     the engine itself
 * @param unresolved acts without an outcome, in the order of their plans
 * @param vms every VM that ever arrived, by identity
 * @param damage sentences on records that could not be read and are not taken into account
 */
public record JournalState(
        long runCount,
        boolean endedInOrder,
        boolean paused,
        List<Intent> unresolved,
        Map<UUID, Vm> vms,
        List<String> damage) {

    /**
     * What the journal knows of one VM.
     *
     * @param uuid its identity
     * @param name the name it had last
     * @param originalKib what it had before the engine first touched it, as its last arrival says
     * @param operatorPolicy what an operator last set while it ran (VM_POLICY), or null for never
     * @param present whether it was there when the last run ended
     */
    public record Vm(
            UUID uuid,
            String name,
            long originalKib,
            @Nullable VmPolicy operatorPolicy,
            boolean present) {}

    /** Takes copies. */
    public JournalState {
        unresolved = List.copyOf(unresolved);
        vms = Map.copyOf(vms);
        damage = List.copyOf(damage);
    }

    /**
     * Reads a whole journal once. A directory without a journal gives an empty state. Reads on
     * behind damage.
     *
     * @throws JournalException when the journal is of a newer version or cannot be read at all
     */
    public static JournalState read(Path directory) {
        return read(directory, record -> {});
    }

    /**
     * The same, with somebody who looks on, so that the journal need not be read twice.
     *
     * @param onlooker is shown each sound record in order; it may not keep the event
     */
    public static JournalState read(Path directory, Consumer<Tick> onlooker) {
        if (!Files.exists(directory.resolve(Documents.METADATA_FILE))) {
            return new JournalState(0, true, false, List.of(), Map.of(), List.of());
        }
        try (JournalReader reader = JournalReader.open(directory)) {
            Collector collector = new Collector();
            collector.takePruned(directory);
            return collector.run(reader, onlooker);
        }
    }

    private static final class Collector {
        private final IntentLedger intents = new IntentLedger();
        private final Map<UUID, Vm> vms = new LinkedHashMap<>();
        private final List<String> damage = new ArrayList<>();
        private long runId = -1;
        private long runCount;
        private boolean endedInOrder = true;
        private boolean paused;

        /** What was there once, and was kept when its file was pruned. */
        void takePruned(Path directory) {
            try {
                KeptRecords.read(directory)
                        .forEach((runId, tick) -> {
                            intents.observe(runId, tick);
                            take(runId, tick);
                        });
            } catch (JournalException e) {
                damage.add(e.getMessage());
            }
        }

        JournalState run(JournalReader reader, Consumer<Tick> onlooker) {
            Tick tick = new Tick(1);
            boolean more = true;
            while (more) {
                try {
                    more = reader.advance();
                    if (more) {
                        tick = JournalVerifier.fitting(tick, reader);
                        reader.read(tick);
                        intents.observe(reader, tick);
                        take(reader.runId(), tick);
                        onlooker.accept(tick);
                    }
                } catch (CorruptRecordException e) {
                    damage.add(e.getMessage());
                    more = e.passable();
                }
            }
            List<Intent> unresolved = new ArrayList<>();
            for (IntentLedger.Open open : intents.open()) {
                unresolved.add(open.intent());
            }
            return new JournalState(runCount, endedInOrder, paused, unresolved, vms, damage);
        }

        private void take(long ofRun, Tick tick) {
            if (ofRun != runId) {
                runId = ofRun;
                runCount++;
                paused = false;
                vms.replaceAll((uuid, vm) -> with(vm, vm.operatorPolicy(), false));
            }
            endedInOrder = false;
            if (tick.kind == EventKind.CONTROL) {
                control(tick.control);
            }
        }

        private void control(ControlSection control) {
            switch (control.kind) {
                case VM_ARRIVED -> arrived(control);
                case VM_DEPARTED -> {
                    Vm vm = find(control);
                    if (vm != null) {
                        vms.put(vm.uuid(), with(vm, vm.operatorPolicy(), false));
                    }
                }
                case VM_POLICY -> {
                    Vm vm = find(control);
                    if (vm != null) {
                        vms.put(vm.uuid(), with(vm, policy(control), vm.present()));
                    }
                }
                case PAUSED, RESTORE, ENFORCEMENT_STOPPED -> paused = true;
                case RESUMED -> paused = false;
                case ENGINE_STOPPED -> endedInOrder = true;
                case ENGINE_STARTED,
                        BUDGET,
                        MODEL_SWAPPED,
                        CONNECTION_LOST,
                        CONNECTION_BACK,
                        INTENT_UNRESOLVED,
                        WARMTH,
                        SAVE,
                        JOURNAL_FULL,
                        JOURNAL_ROOM,
                        TUNED,
                        SCULPTED,
                        MODEL_DRIFTED,
                        TRAINING_STARTED,
                        MODEL_JUDGED -> {}
            }
        }

        private void arrived(ControlSection control) {
            UUID uuid = new UUID(control.vmUuidHigh, control.vmUuidLow);
            Vm before = vms.get(uuid);
            vms.put(
                    uuid,
                    new Vm(
                            uuid,
                            control.vmName.toString(),
                            control.originalKib,
                            before == null ? null : before.operatorPolicy(),
                            true));
        }

        /** A departure or policy names the VM by slot; its arrival told who that is. */
        private @Nullable Vm find(ControlSection control) {
            VmNames.Vm named = intents.names().find(control.vmSlot, control.vmGeneration);
            return named == null ? null : vms.get(named.uuid());
        }

        private static VmPolicy policy(ControlSection control) {
            VmMode mode = control.mode;
            return new VmPolicy(mode, control.priority, control.floorKib, control.ceilingKib);
        }

        private static Vm with(Vm vm, @Nullable VmPolicy policy, boolean present) {
            return new Vm(vm.uuid(), vm.name(), vm.originalKib(), policy, present);
        }
    }
}
