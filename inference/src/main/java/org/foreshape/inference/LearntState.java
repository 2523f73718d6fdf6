package org.foreshape.inference;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.foreshape.inference.task.TaskEstimator;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.ControlSection;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.LearntKind;
import org.foreshape.ring.event.LearntSection;
import org.foreshape.ring.event.Tick;
import org.jspecify.annotations.Nullable;

/**
 * Carries what a forecaster has learnt into the journal and back: the calibration of each VM, by
 * its UUID, and the task estimator.
 *
 * <p>A part of at most {@link LearntSection#PAYLOAD_BYTES_MAX} bytes goes with a sample's event. A
 * calibration is written as soon as it moved. The estimator is copied whole at one moment, at most
 * every 15 s and only when it changed, and the copy is written part by part; all parts together are
 * a snapshot. Each hour everything is written once more, so that a journal that is pruned still
 * holds it. At the start of a run, events of kind LEARNT give back what the newest parts say. All
 * of it follows from the events alone, so a replay writes the same parts.
 *
 * <p>All memory is taken at construction; nothing allocates later. Engine thread only, but for what
 * says otherwise.
 */
public final class LearntState {
    /** Layout of calibrations; without a watch over the model they have the first one. */
    static final int CALIBRATION_FORM = 2;

    /** Layout of the estimator. */
    static final int ESTIMATOR_FORM = 1;

    private static final int FIRST_FORM = 1;

    /** Identity of what is learnt without a model; no calibration is. */
    static final long NO_MODEL = 0;

    /** Identity of the estimator's rules: a state is worth nothing under other laws. */
    static final long ESTIMATOR_RULES = 1;

    static final int CALIBRATION_BYTES = calibrationBytes(CALIBRATION_FORM);

    private static final long ESTIMATOR_PERIOD_NS = 15_000_000_000L;
    private static final long NONE = Long.MIN_VALUE;
    private static final long REFRESH_NS = 3600_000_000_000L;
    private static final int PART_BYTES = LearntSection.PAYLOAD_BYTES_MAX;

    private final TaskDemand tasks;
    private final TaskEstimator estimator;
    private final CalibrationBook book;
    private final int form;
    private final int perPart;
    private long identity;
    private final ByteBuffer snapshot;
    private final ByteBuffer returned;
    private long number;
    private long snapshotNumber;
    private int snapshotPart;
    private int snapshotParts;
    private long snapshotChange;
    private long snapshotTimeNs = Long.MIN_VALUE;
    private boolean calibrationLast;
    private long refreshTimeNs = Long.MIN_VALUE;
    private long returnedNumber = NONE;
    private int returnedPart;
    private long refusedCount;
    // Written by the engine's thread only.
    private volatile int unsavedParts;
    private volatile long savesAnswered;

    LearntState(int slotCount, TaskDemand tasks, @Nullable VmLearning learning, long identity) {
        this.tasks = tasks;
        this.estimator = tasks.estimator();
        this.book = new CalibrationBook(slotCount, learning);
        this.form =
                learning != null && learning.size() == VmLearning.SIZE
                        ? CALIBRATION_FORM
                        : FIRST_FORM;
        this.perPart = calibrationsPerPart(form);
        this.identity = identity;
        this.snapshot = buffer(estimator.savedBytesMax());
        this.returned = buffer(estimator.savedBytesMax());
        this.snapshotChange = estimator.changeCount();
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Under which identity calibrations are learnt.
     *
     * @param model the model that is corrected, or null for none
     */
    public static long identityOf(@Nullable ForecastModel model) {
        return model == null
                ? NO_MODEL
                : Long.parseUnsignedLong(model.manifest().modelSha256().substring(0, 16), 16);
    }

    /** Whether a layout is one of those that are read. */
    static boolean isReadable(LearntKind kind, int form) {
        return kind == LearntKind.CALIBRATION
                ? form == FIRST_FORM || form == CALIBRATION_FORM
                : form == ESTIMATOR_FORM;
    }

    /** Bytes of a VM's calibration in a layout that is read. */
    static int calibrationBytes(int form) {
        int numbers = form == FIRST_FORM ? VmLearning.FIRST_SIZE : VmLearning.SIZE;
        return 2 * Long.BYTES + numbers * Float.BYTES;
    }

    /** Calibrations that fit into a part. */
    static int calibrationsPerPart(int form) {
        return LearntSection.PAYLOAD_BYTES_MAX / calibrationBytes(form);
    }

    /** VMs whose calibration is kept for that many slots; those that are gone longest make room. */
    public static int calibrationCountMax(int slotCount) {
        return slotCount + Math.max(256, slotCount);
    }

    /** Takes an event in before the forecast is made; most pass by. */
    void take(Tick tick) {
        if (tick.kind == EventKind.LEARNT) {
            takeBack(tick.learnt);
            countUnsaved();
        } else if (tick.kind == EventKind.CONTROL) {
            control(tick);
        }
    }

    // One writer: the engine's thread.
    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void control(Tick tick) {
        ControlSection control = tick.control;
        if (control.kind == ControlKind.VM_ARRIVED) {
            book.arrive(control.vmSlot, control.vmUuidHigh, control.vmUuidLow);
        } else if (control.kind == ControlKind.VM_DEPARTED) {
            book.depart(control.vmSlot);
        } else if (control.kind == ControlKind.SAVE) {
            snapshotTimeNs = Long.MIN_VALUE;
            write(tick);
            savesAnswered++;
        }
    }

    /** All calibrations were reset, of VMs that are gone too: another model speaks. */
    void startAnew(long newIdentity) {
        identity = newIdentity;
        book.forget();
    }

    /** The slot's calibration was just reset for a VM: takes back what is known of it. */
    void welcome(int slot) {
        book.welcome(slot);
    }

    /** The slot's calibration is another one now. */
    void moved(int slot) {
        book.moved(slot);
    }

    /** Adds the next part to an event, if there is any to write. */
    void write(Tick tick) {
        refresh(tick.timeNs);
        boolean estimates = estimatorIsDue(tick.timeNs);
        if (book.movedCount() > 0 && !(calibrationLast && estimates)) {
            calibrationLast = true;
            begin(tick.learnt, LearntKind.CALIBRATION, identity, number++, 0, 1);
            tick.learnt.lengthBytes =
                    book.write(tick.learnt.payload, perPart) * calibrationBytes(form);
        } else if (estimates) {
            calibrationLast = false;
            writeEstimator(tick);
        }
        countUnsaved();
    }

    private void refresh(long nowNs) {
        if (refreshTimeNs == Long.MIN_VALUE) {
            refreshTimeNs = nowNs;
        } else if (nowNs - refreshTimeNs >= REFRESH_NS) {
            refreshTimeNs = nowNs;
            book.moveAll();
            // Any other number than the present one.
            snapshotChange = estimator.changeCount() - 1;
        }
    }

    private boolean estimatorIsDue(long nowNs) {
        return snapshotPart < snapshotParts
                || (estimator.changeCount() != snapshotChange
                        && (snapshotTimeNs == Long.MIN_VALUE
                                || nowNs - snapshotTimeNs >= ESTIMATOR_PERIOD_NS));
    }

    private void writeEstimator(Tick tick) {
        if (snapshotPart == snapshotParts) {
            estimator.save(snapshot.clear());
            snapshot.flip();
            snapshotChange = estimator.changeCount();
            snapshotTimeNs = tick.timeNs;
            snapshotNumber = number++;
            snapshotPart = 0;
            snapshotParts = parts(snapshot.limit(), PART_BYTES);
        }
        LearntSection to = tick.learnt;
        begin(
                to,
                LearntKind.ESTIMATOR,
                ESTIMATOR_RULES,
                snapshotNumber,
                snapshotPart,
                snapshotParts);
        int from = snapshotPart * PART_BYTES;
        to.lengthBytes = Math.min(PART_BYTES, snapshot.limit() - from);
        to.payload.put(0, snapshot, from, to.lengthBytes);
        snapshotPart++;
    }

    private void begin(
            LearntSection to, LearntKind kind, long identity, long number, int part, int parts) {
        to.kind = kind;
        to.form = kind == LearntKind.CALIBRATION ? form : ESTIMATOR_FORM;
        to.identity = identity;
        to.number = number;
        to.part = part;
        to.partCount = parts;
    }

    private static int parts(int size, int each) {
        return (size + each - 1) / each;
    }

    private void countUnsaved() {
        int unsaved =
                parts(book.movedCount(), perPart)
                        + snapshotParts
                        - snapshotPart
                        + (estimator.changeCount() != snapshotChange ? 1 : 0);
        if (unsaved != unsavedParts) {
            unsavedParts = unsaved;
        }
    }

    private void takeBack(LearntSection from) {
        if (!isReadable(from.kind, from.form)) {
            refusedCount++;
            return;
        }
        switch (from.kind) {
            case CALIBRATION -> {
                if (from.identity != identity
                        || !book.read(from.payload, from.lengthBytes, from.form)) {
                    refusedCount++;
                }
            }
            case ESTIMATOR -> takeEstimatorBack(from);
            case NONE -> {}
        }
    }

    private void takeEstimatorBack(LearntSection from) {
        if (from.part == 0) {
            returned.clear();
            returnedNumber = from.number;
            returnedPart = 0;
        }
        if (from.identity != ESTIMATOR_RULES
                || from.number != returnedNumber
                || from.part != returnedPart
                || from.lengthBytes > returned.remaining()) {
            returnedNumber = NONE;
            refusedCount++;
            return;
        }
        returned.put(returned.position(), from.payload, 0, from.lengthBytes);
        returned.position(returned.position() + from.lengthBytes);
        returnedPart++;
        if (returnedPart == from.partCount) {
            returnedNumber = NONE;
            try {
                estimator.restore(returned.flip());
            } finally {
                tasks.estimateAnew();
                // What was just read need not be written again.
                snapshotChange = estimator.changeCount();
            }
        }
    }

    /** Parts that were given back and were of no use: of another model, or not what was written. */
    public long refusedCount() {
        return refusedCount;
    }

    /**
     * Parts that the journal does not hold yet.
     *
     * @return 0 when all that was learnt is written; any thread
     */
    public int unsavedParts() {
        return unsavedParts;
    }

    /**
     * Controls of kind SAVE that were answered by a part or by none being left.
     *
     * @return the count; any thread
     */
    public long savesAnswered() {
        return savesAnswered;
    }
}
