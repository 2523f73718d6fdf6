/**
 * Loads what a task is about to read before it starts: ranges of the VM's disk image into the
 * host's page cache, and files into the guest's. All of it can be undone by eviction, which the
 * kernel does by itself when it needs the memory.
 */
package org.foreshape.prefault.warm;
