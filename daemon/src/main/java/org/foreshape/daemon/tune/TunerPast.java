package org.foreshape.daemon.tune;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Logger;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.foreshape.shaping.tuning.EpochCost;
import org.foreshape.shaping.tuning.TunedText;
import org.foreshape.shaping.tuning.Tuner;

/**
 * What the journal tells of epochs: each choice with what came of it, in the order in which they
 * ended. One thread.
 */
public final class TunerPast {
    private static final Logger LOG = Logger.getLogger(TunerPast.class.getName());

    private final Map<Integer, TunedText> open = new HashMap<>();
    private final List<Epoch> epochs = new ArrayList<>();
    private int unreadable;

    /**
     * An epoch that has ended.
     *
     * @param choice made at its begin
     * @param cost what it cost
     */
    public record Epoch(Tuner.Choice choice, EpochCost cost) {}

    /** Takes an event of the journal in. */
    public void take(Tick tick) {
        if (tick.kind != EventKind.CONTROL) {
            return;
        }
        switch (tick.control.kind) {
            case ENGINE_STARTED -> open.clear();
            case VM_ARRIVED, VM_DEPARTED -> open.remove(tick.control.vmSlot);
            case TUNED -> tuned(tick);
            default -> {
                // Nothing that epochs are told by.
            }
        }
    }

    private void tuned(Tick tick) {
        try {
            TunedText text = TunedText.parse(tick.control.text.toString());
            TunedText begun = open.put(tick.control.vmSlot, text);
            EpochCost cost = text.before();
            if (begun != null && cost != null) {
                epochs.add(new Epoch(begun.choice(), cost));
            }
        } catch (IllegalArgumentException e) {
            open.remove(tick.control.vmSlot);
            if (unreadable++ == 0) {
                LOG.warning(
                        "the journal tells of a tuned VM in words that this version does not read ("
                                + e.getMessage()
                                + "); that epoch is left out");
            }
        }
    }

    /**
     * Every epoch that has ended.
     *
     * @return oldest first
     */
    public List<Epoch> epochs() {
        return List.copyOf(epochs);
    }

    /**
     * Teaches a tuner all of it. Epochs that were chosen from other arms than it has are left out.
     *
     * @return how many it learnt from
     */
    public int teach(Tuner tuner) {
        int learnt = 0;
        for (Epoch epoch : epochs) {
            if (epoch.choice().chances().size() == tuner.arms().size()) {
                tuner.learn(epoch.choice(), epoch.cost());
                learnt++;
            }
        }
        return learnt;
    }
}
