package org.foreshape.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.jspecify.annotations.Nullable;

/**
 * Records of pruned files that a later start cannot do without: arrivals of VMs, which tell what
 * they had before any run, what operators wanted of them, and whether acts were stopped. They lie
 * beside the journal's files, byte for byte as they were written: a length of 4 bytes and the
 * record, in the order of their numbers.
 *
 * <p>Of the last run all of them are kept, of earlier ones only what is the last word on a VM. So
 * the file stays small: a few hundred bytes for each VM that there ever was.
 */
final class KeptRecords {
    static final String FILE = "kept.records";

    /** Shown one record. */
    interface Taker {
        /** The event is used again for the next one. */
        void take(long runId, Tick tick);
    }

    /** One record with what its place among the others depends on. */
    private record Kept(
            long runId,
            long recordSequence,
            ControlKind kind,
            @Nullable UUID vm,
            ByteBuffer bytes) {}

    private final List<Kept> records = new ArrayList<>();
    private final VmNames names = new VmNames();

    private KeptRecords() {}

    /**
     * Reads what was kept so far; nothing where there is no such file.
     *
     * @throws JournalException when it is damaged, or newer than this program
     */
    static KeptRecords read(Path directory) {
        KeptRecords kept = new KeptRecords();
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            return kept;
        }
        try {
            ByteBuffer all =
                    ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            RecordDecoder decoder = new RecordDecoder();
            while (all.hasRemaining()) {
                int lengthBytes = all.remaining() < Integer.BYTES ? -1 : all.getInt();
                if (lengthBytes < 0 || lengthBytes > all.remaining()) {
                    throw damaged(file, "it ends within a record", null);
                }
                ByteBuffer bytes = all.slice(all.position(), lengthBytes);
                all.position(all.position() + lengthBytes);
                kept.take(decoded(file, decoder, bytes), decoder, bytes);
            }
            return kept;
        } catch (IOException e) {
            throw damaged(file, e.toString(), e);
        }
    }

    private static Tick decoded(Path file, RecordDecoder decoder, ByteBuffer bytes) {
        decoder.bytesFor(bytes.capacity()).put(bytes.duplicate().clear());
        String fault = decoder.check();
        if (fault != null) {
            throw damaged(file, fault, null);
        }
        Tick tick = new Tick(1);
        try {
            decoder.decodeEvent(tick);
        } catch (RuntimeException e) {
            throw damaged(file, "a record cannot be taken apart: " + e.getMessage(), e);
        }
        return tick;
    }

    private static JournalException damaged(Path file, String reason, @Nullable Exception cause) {
        return new JournalException(
                file
                        + ", which holds what was known of VMs before the journal was pruned, is"
                        + " damaged: "
                        + reason,
                cause);
    }

    /** Takes what is worth keeping from the journal's files up to one of them. */
    void takeFrom(Path directory, String lastFile) {
        try (JournalReader reader = JournalReader.open(directory)) {
            boolean more = true;
            while (more) {
                try {
                    more = reader.advance() && reader.place().file().compareTo(lastFile) <= 0;
                    if (more && reader.kind() == EventKind.CONTROL) {
                        Tick tick = new Tick(reader.vmCountMax());
                        reader.readEvent(tick);
                        take(tick, reader.decoder(), null);
                    }
                } catch (CorruptRecordException e) {
                    // It is going to be removed; what it said is lost.
                    more = e.passable();
                }
            }
        }
    }

    private void take(Tick tick, RecordDecoder decoder, @Nullable ByteBuffer bytes) {
        long runId = decoder.record().runId();
        names.observe(runId, tick);
        if (tick.kind != EventKind.CONTROL || !isKept(tick.control.kind)) {
            return;
        }
        long number = decoder.record().recordSequence();
        if (!records.isEmpty() && records.getLast().recordSequence() >= number) {
            return; // Kept before, when a crash came between keeping and removing.
        }
        if (!records.isEmpty() && records.getLast().runId() != runId) {
            compact();
        }
        VmNames.Vm vm = names.find(tick.control.vmSlot, tick.control.vmGeneration);
        records.add(
                new Kept(
                        runId,
                        number,
                        tick.control.kind,
                        vm == null ? null : vm.uuid(),
                        bytes != null ? bytes : ByteBuffer.wrap(decoder.copy())));
    }

    private static boolean isKept(ControlKind kind) {
        return switch (kind) {
            case ENGINE_STARTED,
                    ENGINE_STOPPED,
                    VM_ARRIVED,
                    VM_DEPARTED,
                    VM_POLICY,
                    PAUSED,
                    RESUMED,
                    RESTORE,
                    ENFORCEMENT_STOPPED ->
                    true;
            case BUDGET,
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
                    MODEL_JUDGED ->
                    false;
        };
    }

    /** Another run begins: of those before only the last word on each VM is left. */
    private void compact() {
        Map<UUID, Kept> arrivals = new HashMap<>();
        Map<UUID, Kept> policies = new HashMap<>();
        for (Kept kept : records) {
            UUID vm = kept.vm();
            if (vm != null && kept.kind() == ControlKind.VM_ARRIVED) {
                arrivals.put(vm, kept);
            } else if (vm != null && kept.kind() == ControlKind.VM_POLICY) {
                policies.put(vm, kept);
            }
        }
        Set<Long> wanted = new HashSet<>();
        arrivals.values().forEach(kept -> wanted.add(kept.recordSequence()));
        policies.values().forEach(kept -> wanted.add(kept.recordSequence()));
        // A policy is found by the slot that its VM had in its run, so that arrival stays with it.
        for (Kept kept : records) {
            Kept policy = kept.vm() == null ? null : policies.get(kept.vm());
            if (policy != null
                    && kept.kind() == ControlKind.VM_ARRIVED
                    && kept.runId() == policy.runId()) {
                wanted.add(kept.recordSequence());
            }
        }
        records.removeIf(kept -> !wanted.contains(kept.recordSequence()));
    }

    /** Shows every record, in the order of their numbers. */
    void forEach(Taker taker) {
        RecordDecoder decoder = new RecordDecoder();
        Path file = Path.of(FILE);
        for (Kept kept : records) {
            taker.take(kept.runId(), decoded(file, decoder, kept.bytes()));
        }
    }

    /** Writes them in place of what was there; durable when it returns. */
    void write(Path directory) throws IOException {
        ByteBuffer all =
                ByteBuffer.allocate(
                                records.stream()
                                        .mapToInt(kept -> Integer.BYTES + kept.bytes().capacity())
                                        .sum())
                        .order(ByteOrder.LITTLE_ENDIAN);
        for (Kept kept : records) {
            all.putInt(kept.bytes().capacity()).put(kept.bytes().duplicate().clear());
        }
        all.flip();
        Path draft = directory.resolve(FILE + ".new");
        try (FileChannel channel =
                FileChannel.open(
                        draft,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            while (all.hasRemaining()) {
                channel.write(all);
            }
            channel.force(true);
        }
        Files.move(draft, directory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
        FileSync.forceName(directory.resolve(FILE));
    }
}
