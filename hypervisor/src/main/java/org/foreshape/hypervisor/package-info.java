/** What a hypervisor can tell and do: sampling and resizing; libvirt and embedded. */
package org.foreshape.hypervisor;
