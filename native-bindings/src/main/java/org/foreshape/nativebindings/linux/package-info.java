/**
 * Linux memory system calls: memory files, other processes by pidfd, pressure triggers, page cache,
 * NUMA nodes. Every failed call throws {@link org.foreshape.nativebindings.linux.LinuxException}.
 */
package org.foreshape.nativebindings.linux;
