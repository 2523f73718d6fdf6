/** Brings a VM's memory and vCPUs to few nodes, and its memory into huge pages. */
package org.foreshape.numasculptor;
