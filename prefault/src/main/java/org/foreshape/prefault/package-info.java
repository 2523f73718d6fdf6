/** Makes the memory that a VM will need resident before it is touched. */
package org.foreshape.prefault;
