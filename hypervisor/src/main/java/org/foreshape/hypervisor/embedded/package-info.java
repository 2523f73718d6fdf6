/**
 * A hypervisor inside this process: guests are memory files with a workload each, which touches and
 * frees real memory along a demand curve behind a real balloon. Needs neither root nor libvirt.
 *
 * <p>What is real: every page that a guest uses is allocated by a page fault and holds a word that
 * is checked; what the balloon takes goes back to the host. What is not: there is no CPU behind the
 * vCPUs; CPU figures are those of the curve, and stand still while the workload does.
 */
package org.foreshape.hypervisor.embedded;
