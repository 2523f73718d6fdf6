package org.foreshape.ring;

/** The way into the engine: the one ring. Any thread may publish. */
public interface EventPublisher {
    /**
     * Says that an event is about to be published, within some 100 microseconds: the engine wakes
     * up meanwhile. It may be said in vain, or not at all.
     */
    default void expect() {}

    /**
     * Publishes an event, or sheds it when the ring is full or the journal has no room for it.
     * Never blocks, never allocates; a shed event is counted as {@link Counter#SAMPLES_DROPPED} or
     * {@link Counter#SAMPLES_UNRECORDED}. For samples: the next one is newer anyway.
     *
     * @return false when the event was shed
     */
    boolean tryPublish(EventWriter writer);

    /**
     * Publishes an event that must not be lost (a task, a control, an outcome), waiting for a free
     * slot for up to 10 seconds. Never call it from the engine's own thread.
     *
     * @throws RingFullException when no slot came free in that time; the event was not published
     */
    void publish(EventWriter writer);

    /**
     * Publishes as {@link #publish} does, and waits until the event has gone through all stages:
     * from then on it outlives a crash of the process. Never call it from the engine's own thread.
     * A publisher without stages just publishes.
     *
     * @return false when the journal did not take it, though the engine has heard it
     * @throws RingFullException when the ring or the stages took longer than 10 seconds
     */
    default boolean publishRecorded(EventWriter writer) {
        publish(writer);
        return true;
    }
}
