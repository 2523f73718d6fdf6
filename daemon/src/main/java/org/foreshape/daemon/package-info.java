/** Body: wiring, configuration, command line, control socket. */
package org.foreshape.daemon;
