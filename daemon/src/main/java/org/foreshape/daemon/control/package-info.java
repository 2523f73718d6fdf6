/** The control socket: HTTP and JSON over a unix socket, both ends of it. */
package org.foreshape.daemon.control;
