/** Lanes that carry acts out, one at a time per VM, and bring outcomes back to the ring. */
package org.foreshape.ring.act;
