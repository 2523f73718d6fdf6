/** The stages of the engine as interfaces; each room implements the one that is its purpose. */
package org.foreshape.ring.stage;
