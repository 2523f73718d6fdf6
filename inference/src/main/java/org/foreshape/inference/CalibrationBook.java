package org.foreshape.inference;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The calibrations of VMs by their UUIDs: of those that are there in a {@link VmLearning}, of the
 * others here, until they come back or those that were gone for longest make room. Nothing
 * allocates after construction. One thread.
 */
final class CalibrationBook {
    private static final int SIZE = VmLearning.SIZE;
    private static final int ABSENT = -1;

    private final @Nullable VmLearning learning;
    private final int[] entryOf;
    private final long[] uuidHigh;
    private final long[] uuidLow;
    private final int[] slot;
    private final boolean[] welcomed;
    private final boolean[] moved;
    private final long[] leftAt;
    private final float[] state;
    private final float[] one = new float[SIZE];
    private int count;
    private int movedCount;
    private int cursor;
    private long turn;

    /** An empty book; without anything to learn it stays empty. */
    CalibrationBook(int slotCount, @Nullable VmLearning learning) {
        this.learning = learning;
        int room = learning == null ? 0 : LearntState.calibrationCountMax(slotCount);
        entryOf = new int[slotCount];
        Arrays.fill(entryOf, ABSENT);
        uuidHigh = new long[room];
        uuidLow = new long[room];
        slot = new int[room];
        welcomed = new boolean[room];
        moved = new boolean[room];
        leftAt = new long[room];
        state = new float[room * SIZE];
    }

    int movedCount() {
        return movedCount;
    }

    /** A VM takes a slot; its calibration is taken back when it is welcomed. */
    void arrive(int vmSlot, long high, long low) {
        if (learning == null || vmSlot < 0 || vmSlot >= entryOf.length) {
            return;
        }
        depart(vmSlot);
        int entry = place(high, low);
        if (slot[entry] != ABSENT) {
            depart(slot[entry]); // It left its slot unseen.
        }
        entryOf[vmSlot] = entry;
        slot[entry] = vmSlot;
        welcomed[entry] = false;
    }

    /** The VM of a slot is gone; what was learnt of it stays. */
    void depart(int vmSlot) {
        if (learning == null || vmSlot < 0 || vmSlot >= entryOf.length) {
            return;
        }
        int entry = entryOf[vmSlot];
        if (entry == ABSENT) {
            return;
        }
        if (welcomed[entry]) {
            learning.save(vmSlot, state, entry * SIZE);
        }
        entryOf[vmSlot] = ABSENT;
        slot[entry] = ABSENT;
        leftAt[entry] = ++turn;
    }

    /** The slot was reset for the VM that arrived in it. */
    void welcome(int vmSlot) {
        int entry = entryOf[vmSlot];
        if (learning == null || entry == ABSENT) {
            return;
        }
        if (welcomed[entry]) {
            move(entry); // It was reset though the VM did not change.
        } else {
            welcomed[entry] = true;
            learning.restore(vmSlot, state, entry * SIZE);
        }
    }

    /** The calibration in a slot is another one now. */
    void moved(int vmSlot) {
        if (entryOf[vmSlot] != ABSENT) {
            move(entryOf[vmSlot]);
        }
    }

    /** Forgets what was learnt of all VMs. */
    void forget() {
        Arrays.fill(state, 0f);
        moveAll();
    }

    /** Takes every calibration for moved. */
    void moveAll() {
        for (int entry = 0; entry < count; entry++) {
            move(entry);
        }
    }

    private void move(int entry) {
        if (!moved[entry]) {
            moved[entry] = true;
            movedCount++;
        }
    }

    /** Writes so many of those that moved, from where it ended last; returns how many. */
    int write(ByteBuffer out, int most) {
        int written = 0;
        int at = 0;
        if (learning == null) {
            return 0;
        }
        for (int looked = 0; looked < count && written < most && movedCount > 0; looked++) {
            cursor = cursor + 1 < count ? cursor + 1 : 0;
            if (!moved[cursor]) {
                continue;
            }
            moved[cursor] = false;
            movedCount--;
            out.putLong(at, uuidHigh[cursor]).putLong(at + Long.BYTES, uuidLow[cursor]);
            at += 2 * Long.BYTES;
            boolean live = slot[cursor] != ABSENT && welcomed[cursor];
            if (live) {
                learning.save(slot[cursor], one, 0);
            } else {
                System.arraycopy(state, cursor * SIZE, one, 0, SIZE);
            }
            for (int k = 0; k < learning.size(); k++) {
                out.putFloat(at, one[k]);
                at += Float.BYTES;
            }
            written++;
        }
        return written;
    }

    /**
     * Takes calibrations of VMs in that have not arrived; false when something is wrong with it.
     */
    boolean read(ByteBuffer in, int lengthBytes, int form) {
        int each = LearntState.calibrationBytes(form);
        if (learning == null || lengthBytes % each != 0) {
            return false;
        }
        boolean sound = true;
        int numbers = (each - 2 * Long.BYTES) / Float.BYTES;
        for (int at = 0; at < lengthBytes; at += each) {
            boolean finite = true;
            Arrays.fill(one, 0f);
            for (int k = 0; k < numbers; k++) {
                one[k] = in.getFloat(at + 2 * Long.BYTES + k * Float.BYTES);
                finite &= Float.isFinite(one[k]);
            }
            sound &= finite;
            int entry = finite ? place(in.getLong(at), in.getLong(at + Long.BYTES)) : ABSENT;
            if (entry != ABSENT && slot[entry] == ABSENT) {
                System.arraycopy(one, 0, state, entry * SIZE, SIZE);
            }
        }
        return sound;
    }

    /** The VM's entry; a fresh one, uncorrected, for a VM that is not known. */
    private int place(long high, long low) {
        int oldest = ABSENT;
        for (int entry = 0; entry < count; entry++) {
            if (uuidHigh[entry] == high && uuidLow[entry] == low) {
                return entry;
            }
            if (slot[entry] == ABSENT && (oldest == ABSENT || leftAt[entry] < leftAt[oldest])) {
                oldest = entry;
            }
        }
        // There are more entries than slots, so one of them is absent when all are taken.
        int entry = count < uuidHigh.length ? count++ : oldest;
        if (moved[entry]) {
            moved[entry] = false;
            movedCount--;
        }
        uuidHigh[entry] = high;
        uuidLow[entry] = low;
        slot[entry] = ABSENT;
        welcomed[entry] = false;
        leftAt[entry] = ++turn;
        Arrays.fill(state, entry * SIZE, (entry + 1) * SIZE, 0f);
        return entry;
    }
}
