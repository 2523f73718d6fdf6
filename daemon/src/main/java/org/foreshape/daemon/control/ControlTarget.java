package org.foreshape.daemon.control;

import org.foreshape.ring.event.VmMode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the control socket can ask of an engine. Called from the server's threads; answers are taken
 * from the engine's latest snapshot and never wait for its thread, changes go in as events.
 *
 * <p>All methods may throw {@link UnknownNameException} and {@link BadRequestException}.
 */
public interface ControlTarget {
    /** The engine and its host as a whole. */
    ObjectNode status();

    /** Every VM, by name. */
    ArrayNode vms();

    /** Why a VM has the target it has. */
    ObjectNode plan(String vmName);

    /** Every counter, and the latencies of the stages. */
    ObjectNode counters();

    /** The latest forecast of each VM. */
    ArrayNode forecast();

    /** What each VM and its tasks will need: the horizon map. */
    ObjectNode horizon();

    /** Takes news of a task in. */
    void announce(Announcement announcement);

    /** Sets the mode of a VM. */
    void mode(String vmName, VmMode mode);

    /** Puts another model in the place of the present one: {@code shipped}, or a file. */
    void swapModel(String named);

    /** Stops all acts. */
    void pause();

    /** Allows acts again. */
    void resume();

    /**
     * Gives every VM its original allocation back, waits for it, and says what came of each. The
     * engine is paused afterwards.
     */
    ObjectNode restore();

    /** Ends the daemon in order; returns at once. */
    void shutdown();
}
