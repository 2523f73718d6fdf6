/** The hands at work: acts on pages, disks and places, and what must be watched to do them. */
package org.foreshape.daemon.hands;
