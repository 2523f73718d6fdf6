package org.foreshape.inference;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.foreshape.inference.task.TaskEstimator;
import org.foreshape.inference.task.TaskMap;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.LearntKind;
import org.foreshape.ring.event.LearntSection;
import org.foreshape.ring.event.Tick;

/**
 * Gathers from the records of a journal what earlier runs had learnt: the newest calibration of
 * each VM and the newest whole snapshot of the task estimator. A run that starts publishes it as
 * events of kind LEARNT, so that it is in the journal of that run as well.
 *
 * <p>What is damaged, of another layout or learnt under another model is left, with one sentence
 * for the log. Allocates. One thread.
 */
public final class LearntPast {
    private static final long NONE = Long.MIN_VALUE;

    /** Of so many newest snapshots one will be sound. */
    private static final int SNAPSHOTS_MAX = 4;

    private final long identity;
    private final int calibrationCountMax;

    // In the order in which they were written, so that the first is the one to go.
    private final Map<UUID, byte[]> calibrations = new LinkedHashMap<>();
    private final Map<UUID, Boolean> foreign = new LinkedHashMap<>();
    private final ByteArrayOutputStream parts = new ByteArrayOutputStream();
    private final Map<String, String> faults = new LinkedHashMap<>();
    private long number = NONE;
    private int part;
    private final Deque<byte[]> snapshots = new ArrayDeque<>();
    private boolean sound;

    /**
     * A past of which nothing is known.
     *
     * @param identity of the run that starts: {@link LearntState#identityOf}
     * @param calibrationCountMax VMs of which a calibration is kept: the newest
     */
    public LearntPast(long identity, int calibrationCountMax) {
        this.identity = identity;
        this.calibrationCountMax = calibrationCountMax;
    }

    /**
     * Takes a record in.
     *
     * @param tick the record, as it was read
     */
    public void take(Tick tick) {
        if (tick.kind == EventKind.CONTROL && tick.control.kind == ControlKind.ENGINE_STARTED) {
            number = NONE; // Numbers begin anew with each run.
        }
        LearntSection learnt = tick.learnt;
        if (learnt.kind == LearntKind.NONE) {
            return;
        }
        if (!LearntState.isReadable(learnt.kind, learnt.form)) {
            fault(learnt.kind, "its layout is " + learnt.form + ", which this version cannot read");
            return;
        }
        switch (learnt.kind) {
            case CALIBRATION -> takeCalibrations(learnt);
            case ESTIMATOR -> takeEstimator(learnt);
            case NONE -> {}
        }
    }

    private void takeCalibrations(LearntSection learnt) {
        int each = LearntState.calibrationBytes(learnt.form);
        if (learnt.lengthBytes % each != 0) {
            fault(learnt.kind, "it has " + learnt.lengthBytes + " bytes");
            return;
        }
        for (int at = 0; at < learnt.lengthBytes; at += each) {
            UUID vm = new UUID(learnt.payload.getLong(at), learnt.payload.getLong(at + Long.BYTES));
            // What an older layout does not have is 0: nothing speaks against the model.
            byte[] bytes = new byte[LearntState.CALIBRATION_BYTES];
            learnt.payload.get(at, bytes, 0, each);
            if (learnt.identity != identity) {
                foreign.put(vm, true);
            } else if (isFinite(bytes)) {
                calibrations.remove(vm);
                calibrations.put(vm, bytes);
                if (calibrations.size() > calibrationCountMax) {
                    calibrations.remove(calibrations.keySet().iterator().next());
                }
            } else {
                fault(learnt.kind, "it has a number that is not finite");
            }
        }
    }

    private static boolean isFinite(byte[] calibration) {
        ByteBuffer in = ByteBuffer.wrap(calibration).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 2 * Long.BYTES; at < calibration.length; at += Float.BYTES) {
            if (!Float.isFinite(in.getFloat(at))) {
                return false;
            }
        }
        return true;
    }

    private void takeEstimator(LearntSection learnt) {
        if (learnt.identity != LearntState.ESTIMATOR_RULES) {
            fault(learnt.kind, "it was learnt by the rules " + learnt.identity);
            number = NONE;
            return;
        }
        if (learnt.part == 0) {
            parts.reset();
            number = learnt.number;
            part = 0;
        } else if (learnt.number != number || learnt.part != part) {
            number = NONE; // A part before it is missing: the run ended, or a record is damaged.
            return;
        }
        parts.write(learnt.payload.array(), 0, learnt.lengthBytes);
        part++;
        if (part == learnt.partCount) {
            number = NONE;
            snapshots.addLast(parts.toByteArray());
            sound = false;
            if (snapshots.size() > SNAPSHOTS_MAX) {
                snapshots.removeFirst();
            }
        }
    }

    /**
     * The newest snapshot that is sound; taking one apart takes a millisecond, and a journal has
     * one for each quarter of a minute.
     */
    private byte[] estimator() {
        while (!snapshots.isEmpty()) {
            try {
                byte[] newest = snapshots.getLast();
                if (!sound) {
                    restored(newest);
                    sound = true;
                }
                return newest;
            } catch (IllegalArgumentException e) {
                snapshots.removeLast();
                fault(LearntKind.ESTIMATOR, String.valueOf(e.getMessage()));
            }
        }
        return new byte[0];
    }

    private static TaskEstimator restored(byte[] snapshot) {
        TaskEstimator estimator = new TaskEstimator();
        estimator.restore(ByteBuffer.wrap(snapshot).order(ByteOrder.LITTLE_ENDIAN));
        return estimator;
    }

    private void fault(LearntKind kind, String reason) {
        faults.putIfAbsent(
                kind.name(),
                kind == LearntKind.CALIBRATION
                        ? "a calibration in the journal cannot be used ("
                                + reason
                                + "): what is older counts, else forecasts start uncorrected"
                        : "a task estimator in the journal cannot be used ("
                                + reason
                                + "): what is older counts, else tasks are learnt anew");
    }

    /**
     * What was left, and why.
     *
     * @return a sentence each, for the log; at most three
     */
    public List<String> remarks() {
        estimator(); // What is wrong with the newest shows when it is taken apart.
        List<String> remarks = new ArrayList<>(faults.values());
        long left = foreign.keySet().stream().filter(vm -> !calibrations.containsKey(vm)).count();
        if (left > 0) {
            remarks.add(
                    "the calibration of "
                            + left
                            + " VMs in the journal was learnt under another model: their forecasts"
                            + " start uncorrected");
        }
        return remarks;
    }

    /**
     * VMs of which a calibration is known.
     *
     * @return the count
     */
    public int calibrationCount() {
        return calibrations.size();
    }

    /**
     * Whether a task estimator is known.
     *
     * @return false when there is none to take back
     */
    public boolean hasEstimator() {
        return estimator().length > 0;
    }

    /**
     * What that estimator knew.
     *
     * @return without entries when there is none
     */
    public TaskMap taskMap() {
        byte[] newest = estimator();
        return newest.length > 0 ? restored(newest).snapshot() : new TaskEstimator().snapshot();
    }

    /**
     * Events that give all of it back.
     *
     * @return the count
     */
    public int eventCount() {
        return calibrationEvents() + pieces(estimator().length, LearntSection.PAYLOAD_BYTES_MAX);
    }

    private int calibrationEvents() {
        return pieces(
                calibrations.size(), LearntState.calibrationsPerPart(LearntState.CALIBRATION_FORM));
    }

    private static int pieces(int size, int each) {
        return (size + each - 1) / each;
    }

    /**
     * Fills one of these events.
     *
     * @param index 0 to {@link #eventCount} - 1
     * @param into the section of an event of kind LEARNT, empty
     */
    public void fill(int index, LearntSection into) {
        into.number = -1; // Apart from every snapshot of the run that starts.
        int events = calibrationEvents();
        if (index < events) {
            into.kind = LearntKind.CALIBRATION;
            into.form = LearntState.CALIBRATION_FORM;
            into.identity = identity;
            into.number -= index;
            into.partCount = 1;
            calibrations.values().stream()
                    .skip(
                            (long) index
                                    * LearntState.calibrationsPerPart(LearntState.CALIBRATION_FORM))
                    .limit(LearntState.calibrationsPerPart(LearntState.CALIBRATION_FORM))
                    .forEach(one -> {
                        into.payload.put(into.lengthBytes, one);
                        into.lengthBytes += one.length;
                    });
            return;
        }
        byte[] estimator = estimator();
        into.kind = LearntKind.ESTIMATOR;
        into.form = LearntState.ESTIMATOR_FORM;
        into.identity = LearntState.ESTIMATOR_RULES;
        into.number -= events;
        into.part = index - events;
        into.partCount = pieces(estimator.length, LearntSection.PAYLOAD_BYTES_MAX);
        int from = into.part * LearntSection.PAYLOAD_BYTES_MAX;
        into.lengthBytes = Math.min(LearntSection.PAYLOAD_BYTES_MAX, estimator.length - from);
        into.payload.put(0, estimator, from, into.lengthBytes);
    }
}
