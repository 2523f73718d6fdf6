/**
 * A simulated host on which policies are compared: recorded demand, balloons that move as fast as
 * real ones do, and a score. Pure: what is read, timed or shown comes from and goes to the caller.
 *
 * <p>{@link org.foreshape.shaping.simulation.DemandTrace} is the recording, {@link
 * org.foreshape.shaping.simulation.Demand} the truth made from it, {@link
 * org.foreshape.shaping.simulation.World} the host, {@link
 * org.foreshape.shaping.simulation.Simulation} lets one {@link
 * org.foreshape.shaping.simulation.Policy} live through it.
 */
package org.foreshape.shaping.simulation;
