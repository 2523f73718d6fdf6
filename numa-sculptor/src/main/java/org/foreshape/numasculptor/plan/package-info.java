/**
 * Decides which VM belongs on which NUMA node: pure arithmetic on what was read, off the tick path.
 */
@NullMarked
package org.foreshape.numasculptor.plan;

import org.jspecify.annotations.NullMarked;
