/**
 * What both exported packages share and nobody else sees: scratch memory, handle guards, raw
 * memory.
 */
package org.foreshape.nativebindings.internal;
