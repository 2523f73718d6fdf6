/** Hands on C: libvirt, libnuma and Linux memory system calls. No policy, no threads. */
package org.foreshape.nativebindings;
