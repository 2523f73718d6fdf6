/**
 * Serves the memory of guests that are restored from a snapshot, page by page, over userfaultfd.
 * Wire-compatible with Firecracker's page fault handler.
 */
package org.foreshape.prefault.pages;
