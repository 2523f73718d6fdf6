/** The nerve: events, stage interfaces, clock, counters and the assembly that runs them. */
package org.foreshape.ring;
