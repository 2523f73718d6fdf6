/**
 * Recorded use of VMs: {@link org.foreshape.inference.trace.TraceReader} streams a trace file on a
 * grid, one {@link org.foreshape.inference.trace.VmTrace} at a time; {@link
 * org.foreshape.inference.trace.TraceOutline} is what a first pass finds out about it.
 */
package org.foreshape.inference.trace;
