/**
 * What others do, re-stated rule by rule from public sources, to be compared with on the same
 * demand: {@link org.foreshape.shaping.baseline.Baselines} lists them.
 */
package org.foreshape.shaping.baseline;
