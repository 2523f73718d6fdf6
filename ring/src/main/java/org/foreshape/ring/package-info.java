/** The assembly that carries events through the stages, with its clock, counters and latencies. */
package org.foreshape.ring;
