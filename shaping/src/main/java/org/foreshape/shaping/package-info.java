/** Will: pure policy. Forecast and state in, plan out. */
package org.foreshape.shaping;
