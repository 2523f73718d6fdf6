/** JMH and open-loop benchmarks. */
package org.foreshape.bench;
