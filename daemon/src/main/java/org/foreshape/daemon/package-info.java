/** Body of Foreshape: configuration, command line, control socket, and the wiring of all rooms. */
package org.foreshape.daemon;
