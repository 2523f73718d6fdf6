/**
 * The event and its sections: preallocated, struct of arrays, one writer per section.
 *
 * <p>Units are fixed here once: memory and storage in KiB, CPU in thousandths of a core, times in
 * nanoseconds. Engine times ({@code *TimeNs}) count from the Unix epoch and may run faster than the
 * wall clock when a demo compresses time; nothing that decides may look at any other clock.
 */
package org.foreshape.ring.event;
