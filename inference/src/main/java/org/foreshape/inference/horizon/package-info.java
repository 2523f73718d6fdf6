/**
 * The horizon map: what each VM and its tasks will need, by resource, horizon, task type and
 * priority. {@link org.foreshape.inference.horizon.TaskBook} gathers from events what is known of
 * tasks, {@link org.foreshape.inference.horizon.HorizonMap} says what follows from it and from a
 * sample's forecasts.
 */
package org.foreshape.inference.horizon;
