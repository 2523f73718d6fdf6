/**
 * libvirt: connections, domains, statistics and events. Every call can block for as long as the
 * hypervisor takes; call from platform threads with a deadline of your own.
 */
package org.foreshape.nativebindings.libvirt;
