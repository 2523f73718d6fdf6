package org.foreshape.ring.event;

/**
 * The event of the ring: preallocated, struct of arrays, with one section for each thing that can
 * enter the engine and one for each stage that adds to it.
 *
 * <p>Life of an event: a producer calls {@link #begin}, fills the section of its kind and
 * publishes; the stages then run in order, each writing its own section only; afterwards the slot
 * is used again. Nothing may keep a reference past its stage.
 */
public final class Tick {
    /** Most VMs that the engine can hold; fixed at start. */
    public final int vmCountMax;

    /** What this event tells. */
    public EventKind kind = EventKind.CONTROL;

    /** Number of the event in this run, rising from 0; the id of the decision made on it. */
    public long sequence;

    /** Engine time of the event; see the package's text. Stages know no other time. */
    public long timeNs;

    /**
     * {@link System#nanoTime()} at publication, only for measuring latency; not journaled and never
     * looked at by a decision.
     */
    public long publishedNanoTime;

    /** Set for {@link EventKind#SAMPLE}. */
    public final SampleSection sample;

    /** Set for {@link EventKind#TASK}. */
    public final TaskSection task = new TaskSection();

    /** Set for {@link EventKind#PRESSURE}. */
    public final PressureSection pressure = new PressureSection();

    /** Set for {@link EventKind#CONTROL}. */
    public final ControlSection control = new ControlSection();

    /** Set for {@link EventKind#OUTCOME}. */
    public final OutcomeSection outcome = new OutcomeSection();

    /** Written by the forecaster. */
    public final ForecastSection forecast;

    /** Set for {@link EventKind#LEARNT}; else written by the forecaster, now and then. */
    public final LearntSection learnt = new LearntSection();

    /** Written by the shaper. */
    public final PlanSection plan;

    /** False when the producer failed while filling it: every stage passes it over. */
    public boolean valid;

    /** Whether the recorder wrote this event; acts of an unrecorded plan are not dispatched. */
    public boolean recorded;

    /** An empty event for up to {@code vmCountMax} VMs. */
    public Tick(int vmCountMax) {
        this.vmCountMax = vmCountMax;
        this.sample = new SampleSection(vmCountMax);
        this.forecast = new ForecastSection(vmCountMax);
        this.plan = new PlanSection(vmCountMax);
    }

    /** Starts a new life of this slot: sets kind and time, empties that kind's section. */
    public void begin(EventKind newKind, long newTimeNs) {
        kind = newKind;
        timeNs = newTimeNs;
        recorded = false;
        valid = true;
        forecast.clear();
        learnt.clear();
        plan.clear();
        switch (newKind) {
            case SAMPLE -> sample.clear();
            case TASK -> task.clear();
            case PRESSURE -> pressure.clear();
            case CONTROL -> control.clear();
            case OUTCOME -> outcome.clear();
            case LEARNT -> {
                // Emptied above, as what the forecaster writes.
            }
        }
    }

    /**
     * Empties what the stages wrote, once nobody reads it any more. {@link #begin} would do so as
     * well, but on the publisher's thread: the engine's processor would then have to fetch every
     * line of it back when it writes the next decision there. The last stage's thread.
     */
    public void clearDecision() {
        forecast.clear();
        learnt.clear();
        plan.clear();
    }
}
