package org.foreshape.daemon.hands;

/**
 * A VM that may be acted on.
 *
 * @param slot its slot in the engine
 * @param generation its generation there
 * @param name its name
 */
public record VmSeat(int slot, int generation, String name) {}
