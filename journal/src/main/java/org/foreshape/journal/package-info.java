/** Memory: every event and decision on Chronicle Queue, and replay. */
package org.foreshape.journal;
