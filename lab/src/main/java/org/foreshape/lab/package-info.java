/** Real guests for tests and benchmarks: a private libvirtd, kernels, workloads. */
package org.foreshape.lab;
