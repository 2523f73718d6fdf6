package org.foreshape.shaping.simulation;

/**
 * Decides what each VM shall have, once a sub-step. One instance lives through one simulation, on
 * one thread; {@link Simulation} calls {@link #begin}, then {@link #warmUp} for each sample before
 * the simulation in the order of time, then for each sub-step what has changed and {@link #decide}.
 */
public interface Policy extends AutoCloseable {
    /**
     * Before anything else.
     *
     * @param look what this policy will always see through; names, floors, ceilings and the grid
     *     are known already
     */
    default void begin(Look look) {}

    /**
     * One more sample of the time before the simulation, with nobody present yet.
     *
     * @param look its {@link Look#lastSample()} is the new one
     */
    default void warmUp(Look look) {}

    /**
     * A VM has come, for the first time or again; it can be acted on from the next sub-step on.
     *
     * @param look with the allocation it has come with
     * @param vm its number
     */
    default void appeared(Look look, int vm) {}

    /**
     * A VM has gone, with the allocation it had.
     *
     * @param look of this sub-step
     * @param vm its number
     */
    default void departed(Look look, int vm) {}

    /**
     * A task was announced.
     *
     * @param look of this sub-step
     * @param task what was told
     */
    default void announced(Look look, AnnouncedTask task) {}

    /**
     * A task started in the sub-step before.
     *
     * @param look of this sub-step
     * @param task it
     */
    default void started(Look look, AnnouncedTask task) {}

    /**
     * A task had ended by the sub-step before.
     *
     * @param look of this sub-step
     * @param task it
     */
    default void finished(Look look, AnnouncedTask task) {}

    /**
     * Decides. Must not allocate more than it must: this is called tens of thousands of times.
     *
     * @param look what is known now
     * @param targetMib by VM: what it shall have. A target stands until it is overwritten; that of
     *     a VM that has just come is its allocation; those of VMs that cannot be acted on are not
     *     looked at. What is no number is passed over.
     */
    void decide(Look look, double[] targetMib);

    /** Lets go of what the policy holds. */
    @Override
    default void close() {}
}
