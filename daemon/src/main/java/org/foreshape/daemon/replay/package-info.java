/** Decides on recorded events again: as it was, or as it would have been under another policy. */
package org.foreshape.daemon.replay;
