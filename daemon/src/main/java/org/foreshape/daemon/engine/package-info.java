/** The engine: all rooms wired into the ring, and what can be asked of it while it runs. */
package org.foreshape.daemon.engine;
