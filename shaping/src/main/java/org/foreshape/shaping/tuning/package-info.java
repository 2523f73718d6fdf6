/**
 * Learns how each VM is best shaped from what came of shaping it: a contextual bandit with explicit
 * probabilities, and estimates of what another policy would have cost.
 */
package org.foreshape.shaping.tuning;
