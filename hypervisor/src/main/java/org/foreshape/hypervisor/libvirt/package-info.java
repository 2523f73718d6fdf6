/** Real VMs through libvirt: sampling at scale, attention, resizing, and what is lost and found. */
package org.foreshape.hypervisor.libvirt;
