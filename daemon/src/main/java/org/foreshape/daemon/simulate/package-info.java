/** Policies compared on a recording: reads it, knows the policies by name, shows what they did. */
package org.foreshape.daemon.simulate;
